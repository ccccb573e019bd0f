#!/usr/bin/env bash
# Packs what proves and measures `pe` on a machine that has PyTorch and nothing else: no .NET, no internet, no root. docs/gpu.md says more.
# Usage: scripts/gpu-check.sh [FILE]   (default: gpu-check.tar.xz)
# There: tar -xf gpu-check.tar.xz && gpu-check/run
set -euo pipefail
case ${1:-} in -*) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;; esac
file=$(realpath -m -- "${1:-gpu-check.tar.xz}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/gpu-check

# With .NET, without libtorch, in folders of its own: what is built in the working tree stays as it is. Precompiled code would double the size.
dotnet publish src/PerceptionEncoder.Cli -c Release -r linux-x64 --self-contained -p:TorchBackend=none -p:PublishReadyToRun=false \
  -p:RunAnalyzers=false -p:DebugType=none --artifacts-path "$work/build" --output "$pack/pe" --verbosity quiet --nologo
# Debuggers and tracers of .NET, and what editors show.
rm -f "$pack"/pe/{*.xml,createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so}

# Decodes JPEG to the published pixels; the other machine may have none.
jpeg=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | awk '$1 == "libturbojpeg.so.0" { print $NF; exit }')
if [ -n "$jpeg" ]; then cp -L "$jpeg" "$pack/pe/libturbojpeg.so.0"; else echo "gpu-check: no libturbojpeg.so.0 here to take along" >&2; fi

cp scripts/gpu-check-run.sh "$pack/run"
cp configs/pretrain/demo.yaml configs/align/scene-encoder.yaml configs/align/scenes.yaml configs/eval/scene-layers.yaml "$pack"
git log -1 --format='%H %cd' >"$pack/commit" 2>/dev/null || echo unknown >"$pack/commit"
chmod +x "$pack/run" "$pack/pe/pe"

mkdir -p "$(dirname "$file")"
tar -C "$work" --owner=0 --group=0 -cf - gpu-check | xz -6 -T0 >"$file.part"
mv "$file.part" "$file"
echo "$file: $(($(stat -c %s "$file") / 1000000)) MB"
