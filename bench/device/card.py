"""An NVIDIA card through its driver's own interface, as nothing but the driver need be there: what it is called,
what generation it is, and what it reaches.

Functions and attributes are those of the CUDA driver API; the instructions those of the PTX specification."""

import ctypes

MULTIPROCESSORS, MAJOR, MINOR = 16, 75, 76  # CUdevice_attribute
THREADS, BLOCKS_EACH, CHAINS, TURNS, UNROLLED = 256, 8, 16, 512, 8
COPIED_BYTES = 1 << 30


class NoCard(Exception):
    """There is no card, or no driver, with the reason."""


def multiply_add_ptx():
    """A kernel whose threads do nothing but multiply and add, in chains that do not wait for each other."""
    begin = "\n".join(f"add.f32 %a{i}, %x, 0f{0x3F800000 + i:08X};" for i in range(CHAINS))
    step = "\n".join(f"fma.rn.f32 %a{i}, %a{i}, %x, %y;" for _ in range(UNROLLED) for i in range(CHAINS))
    end = "\n".join(f"add.f32 %a0, %a0, %a{i};" for i in range(1, CHAINS))
    return f""".version 7.1
.target sm_75
.address_size 64
.visible .entry multiply_add(.param .u64 result) {{
.reg .f32 %x, %y, %a<{CHAINS}>;
.reg .b32 %turn, %thread;
.reg .b64 %place, %offset;
.reg .pred %more;
mov.u32 %thread, %tid.x;
cvt.rn.f32.u32 %x, %thread;
mul.f32 %x, %x, 0f3A000000;
mov.f32 %y, 0f3F000000;
{begin}
mov.u32 %turn, {TURNS};
again:
{step}
sub.u32 %turn, %turn, 1;
setp.ne.u32 %more, %turn, 0;
@%more bra again;
{end}
ld.param.u64 %place, [result];
cvta.to.global.u64 %place, %place;
mul.wide.u32 %offset, %thread, 4;
add.u64 %place, %place, %offset;
st.global.f32 [%place], %a0;
ret;
}}
"""


class Card:
    def __init__(self, number=0):
        try:
            self.cuda = ctypes.CDLL("libcuda.so.1")
        except OSError as problem:
            raise NoCard(f"no NVIDIA driver: {problem}") from None
        try:
            self._do("cuInit", 0)
            count = ctypes.c_int()
            self._do("cuDeviceGetCount", ctypes.byref(count))
        except RuntimeError as problem:
            raise NoCard(str(problem)) from None
        if count.value <= number:
            raise NoCard(f"the NVIDIA driver knows {count.value} cards")
        self.device = ctypes.c_int()
        self._do("cuDeviceGet", ctypes.byref(self.device), number)
        name = ctypes.create_string_buffer(256)
        self._do("cuDeviceGetName", name, 256, self.device)
        self.name = name.value.decode()
        self.multiprocessors = self._attribute(MULTIPROCESSORS)
        self.generation = 10 * self._attribute(MAJOR) + self._attribute(MINOR)
        context = ctypes.c_void_p()
        self._do("cuDevicePrimaryCtxRetain", ctypes.byref(context), self.device)
        self._do("cuCtxSetCurrent", context)

    def target(self):
        """The newest target that the card runs."""
        known = [generation for generation in (75, 80, 86) if generation <= self.generation]
        if not known:
            raise NoCard(f"{self.name} is of generation sm_{self.generation}; kernels are for sm_75 and later")
        return f"cuda-sm_{known[-1]}"

    def peak_flops(self):
        """Most f32 operations a second of some runs, two for each multiply-add."""
        module, kernel = ctypes.c_void_p(), ctypes.c_void_p()
        self._do("cuModuleLoadData", ctypes.byref(module), multiply_add_ptx().encode())
        self._do("cuModuleGetFunction", ctypes.byref(kernel), module, b"multiply_add")
        result = self._allocate(THREADS * 4)
        arguments = (ctypes.c_void_p * 1)(ctypes.addressof(result))
        blocks = self.multiprocessors * BLOCKS_EACH
        run = lambda: self._do("cuLaunchKernel", kernel, blocks, 1, 1, THREADS, 1, 1, 0, None, arguments, None)
        seconds = self._least_seconds(run)
        self._do("cuMemFree_v2", result)
        return 2 * blocks * THREADS * CHAINS * UNROLLED * TURNS / seconds

    def bandwidth(self):
        """Most bytes a second that a copy within the card's memory read and wrote."""
        source, copy = self._allocate(COPIED_BYTES), self._allocate(COPIED_BYTES)
        self._do("cuMemsetD32_v2", source, 0x3F800001, ctypes.c_size_t(COPIED_BYTES // 4))
        size = ctypes.c_size_t(COPIED_BYTES)
        seconds = self._least_seconds(lambda: self._do("cuMemcpyDtoDAsync_v2", copy, source, size, None))
        for memory in (source, copy):
            self._do("cuMemFree_v2", memory)
        return 2 * COPIED_BYTES / seconds

    def _attribute(self, which):
        value = ctypes.c_int()
        self._do("cuDeviceGetAttribute", ctypes.byref(value), which, self.device)
        return value.value

    def _allocate(self, size):
        memory = ctypes.c_uint64()
        self._do("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(size))
        return memory

    def _least_seconds(self, run, runs=20):
        events = [ctypes.c_void_p() for _ in range(2)]
        for event in events:
            self._do("cuEventCreate", ctypes.byref(event), 0)
        least = float("inf")
        for turn in range(runs + 3):
            self._do("cuEventRecord", events[0], None)
            run()
            self._do("cuEventRecord", events[1], None)
            self._do("cuEventSynchronize", events[1])
            ms = ctypes.c_float()
            self._do("cuEventElapsedTime", ctypes.byref(ms), *events)
            if turn >= 3:  # The first ones wake the card up.
                least = min(least, ms.value / 1e3)
        return least

    def _do(self, function, *arguments):
        code = getattr(self.cuda, function)(*arguments)
        if code:
            text = ctypes.c_char_p()
            self.cuda.cuGetErrorString(code, ctypes.byref(text))
            raise RuntimeError(f"{function}: {text.value.decode() if text.value else code}")
