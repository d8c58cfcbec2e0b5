#!/usr/bin/env bash
# Both README commands as a newcomer runs them: a fresh clone, a fresh virtual environment, an empty home; timed.
#   benchmarks/fresh.sh [REPOSITORY]
# The first command is stopped (Ctrl-C) when its first page answers. Packages come from the network, as pip is set up here.
set -euo pipefail
repository=$(cd "${1:-$(dirname "$0")/..}" && pwd)
readme() { awk -v want="<!-- command: $1 -->" '$0==want {take=1; next} take && /^```sh/ {body=1; next} body && /^```/ {exit} body' README.md; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fresh() { cd "$scratch"; rm -rf "$scratch/clone" "$scratch/home"; git clone -q "$repository" "$scratch/clone"; mkdir "$scratch/home"; cd "$scratch/clone"; }
# Nothing of this shell's settings but where programs and packages are found.
mapfile -t kept < <(env | grep -E '^(PATH|PIP_[A-Z_]*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy)=')
alone=(env -i HOME="$scratch/home" LANG=C.UTF-8 "${kept[@]}")

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $(python3 --version), $(git -C "$repository" rev-parse --short HEAD)"

fresh
began=$(date +%s.%N)
"${alone[@]}" setsid bash -c "$(readme run)" >"$scratch/demo.log" 2>&1 &
demo=$!
until curl -fsS -m 5 -o "$scratch/page.html" http://127.0.0.1:8000/ 2>/dev/null; do
    kill -0 $demo 2>/dev/null || { cat "$scratch/demo.log"; echo "the first command ended"; exit 1; }
    sleep 0.2
done
ended=$(date +%s.%N)
installed=$(stat -c %Y "$scratch/clone/.venv/bin/odlinked")
kill -INT -- "-$demo"
for _ in $(seq 50); do kill -0 -- "-$demo" 2>/dev/null || break; sleep 0.2; done
kill -0 -- "-$demo" 2>/dev/null && { echo "Ctrl-C did not stop it"; exit 1; }
grep -q '<html' "$scratch/page.html"
grep -q 'Traceback' "$scratch/demo.log" && { cat "$scratch/demo.log"; exit 1; }
awk -v a="$began" -v b="$ended" -v i="$installed" 'BEGIN { printf "first command: first page after %.0f s, of which installing %.0f s\n", b - a, i - a }'
echo "    it left in the home: $(cd "$scratch/home" && find . -mindepth 1 -maxdepth 2 | tr '\n' ' ')"

fresh
began=$(date +%s.%N)
"${alone[@]}" bash -c "$(readme test)" >"$scratch/test.log" 2>&1 || { tail -40 "$scratch/test.log"; echo "the second command failed"; exit 1; }
ended=$(date +%s.%N)
awk -v a="$began" -v b="$ended" 'BEGIN { printf "second command: %.0f s\n", b - a }'
tail -1 "$scratch/test.log"
