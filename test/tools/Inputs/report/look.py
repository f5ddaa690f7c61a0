"""look.py BROWSER PAGE.html: opens the page in a headless browser as wide as a
phone and prints what a reader meets: headings, how many pictures have a size,
whether anything runs out of the page at its side, and what it fetches."""

import html
import pathlib
import re
import subprocess
import sys
import tempfile

PHONE = 360  # CSS pixels

browser, page = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
text = page.read_text()
fetched = re.findall(r"""(?:src|href)=["'](?!#)[^"']*|url\([^)]*\)|@import|<script""", text)
# The page has no script: another one looks at it.
frame = f"""<!DOCTYPE html><meta charset="utf-8"><iframe id="page" style="width:{PHONE}px;height:640px;border:0"
src="{page.as_uri()}"></iframe><pre id="seen">nothing</pre><script>
document.getElementById("page").onload = event => {{
  const page = event.target.contentDocument, root = page.documentElement;
  const shown = element => element.getBoundingClientRect().width > 0 && element.getBoundingClientRect().height > 0;
  const seen = [...page.querySelectorAll("h1, h2")].map(heading => heading.textContent);
  seen.push(`pictures ${{[...page.querySelectorAll("svg")].filter(shown).length}}`,
            `loops ${{[...page.querySelectorAll(".loop")].filter(shown).length > 0}}`,
            `fits ${{root.scrollWidth <= {PHONE}}}`);
  document.getElementById("seen").textContent = seen.join("\\n");
}};
</script>"""
with tempfile.TemporaryDirectory() as folder:
    wrapper = pathlib.Path(folder, "frame.html")
    wrapper.write_text(frame)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
               f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000", "--dump-dom", wrapper.as_uri()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
seen = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
print(html.unescape(seen[1]) if seen else "no page")
print("fetches", fetched)
