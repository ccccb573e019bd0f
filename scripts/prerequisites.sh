#!/usr/bin/env bash
# Checks for what the build and the programs need outside NuGet, and installs what is missing. Does nothing, fast and offline, when all is there.
# Exit code: 0 all there, 2 something is missing and the last lines say how to get it.
#   scripts/prerequisites.sh [--tests]     --tests: an MPI and a browser too, for the tests of training on several processes and of the review page
set -euo pipefail

sdk_major=10

# Shared library -> Debian package. libturbojpeg decodes JPEG.
required=(libturbojpeg.so.0:libturbojpeg0)
# Command -> Debian package. ffmpeg reads video.
required_commands=(ffmpeg:ffmpeg)
# jemalloc keeps memory once taken: training on the CPU is faster with it, and works without.
optional=(libjemalloc.so.2:libjemalloc2)
optional_commands=()
# Open MPI starts the ranks of the tests of distributed training, and Chromium shows the page of reviews to its tests; both skip without.
[ "${1:-}" != --tests ] || optional_commands=(mpirun.openmpi:openmpi-bin chromium:chromium)

sdk_is_there() {
  command -v dotnet >/dev/null && dotnet --list-sdks | grep -q "^${sdk_major}\."
}

# The packages, on one line, of those library:package pairs whose library the loader does not know.
missing_packages() {
  local known pair
  known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)
  for pair in "$@"; do
    grep -qF "${pair%%:*} " <<<"$known" || echo -n "${pair#*:} "
  done
}

# The packages, on one line, of those command:package pairs whose command is not on the PATH.
missing_command_packages() {
  local pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || echo -n "${pair#*:} "
  done
}

# Prints the prefix that makes a command run as root; fails where there is none.
root_prefix() {
  if [ "$(id -u)" -eq 0 ]; then
    echo "env"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    echo "sudo env"
  else
    return 1
  fi
}

install_packages() {
  local -a as_root
  read -ra as_root <<<"$(root_prefix)"
  echo "prerequisites: installing $*"
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! sdk_is_there; then
  echo "prerequisites: the .NET ${sdk_major} SDK is missing. Install it from https://dotnet.microsoft.com/download/dotnet/${sdk_major}.0 and put dotnet on the PATH." >&2
  exit 2
fi

read -ra missing <<<"$(missing_packages "${required[@]}")$(missing_command_packages "${required_commands[@]}")"
read -ra missing_optional <<<"$(missing_packages "${optional[@]}")$(missing_command_packages "${optional_commands[@]}")"
[ ${#missing[@]} -gt 0 ] || [ ${#missing_optional[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null || ! root_prefix >/dev/null; then
  if [ ${#missing[@]} -gt 0 ]; then
    echo "prerequisites: these packages are missing, and installing them needs root. Run:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]} ${missing_optional[*]}" >&2
    exit 2
  fi
  echo "prerequisites: optional, for faster training on the CPU or more tests, as root: apt-get install -y ${missing_optional[*]}"
  exit 0
fi

if [ ${#missing[@]} -gt 0 ] && ! install_packages "${missing[@]}"; then
  echo "prerequisites: apt-get could not install ${missing[*]}; the lines above say why." >&2
  exit 2
fi
if [ ${#missing_optional[@]} -gt 0 ] && ! install_packages "${missing_optional[@]}"; then
  echo "prerequisites: going on without ${missing_optional[*]}; training on the CPU is slower, or tests are skipped."
fi
