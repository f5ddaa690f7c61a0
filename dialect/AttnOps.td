// All ops of the dialect.
include "ModuleOps.td"
include "StageOps.td"
include "DropoutOps.td"
include "AttentionOps.td"
include "KernelOps.td"
include "HostOps.td"
