#!/usr/bin/env bash
# Trains on one host with mpirun of Open MPI or MPICH, one rank a GPU. SIGTERM and Ctrl-C save a checkpoint everywhere; the same command goes on.
#
#   scripts/launch/mpirun.sh configs/pretrain/demo.yaml --set run.name=two
#
# RANKS=2            ranks; by default as many as nvidia-smi lists GPUs, 2 without one
# COMMAND=pretrain   or distill, finetune-video
# CORES=8            processor cores of a rank, which is bound to them and computes on them; by default an equal share of the host's. 0 binds nothing
# PE=pe              the program; by default the built one of this checkout, or pe on the PATH
# MPIRUN=mpirun      or mpirun.mpich
# DRY_RUN=1          prints the command line and stops
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ $# -lt 1 ] || [[ $1 == -* ]]; then
  echo "usage: $(basename "$0") CONFIG [options of pe]; the head of the file says what the environment sets" >&2
  exit 2
fi
config=$1
shift

mpirun=${MPIRUN:-mpirun}
if ! version=$("$mpirun" --version 2>/dev/null); then
  echo "launch: there is no $mpirun. Install one: apt-get install openmpi-bin libopenmpi3, or set MPIRUN." >&2
  exit 2
fi

built="$here/../../src/PerceptionEncoder.Cli/bin/Release/net10.0/pe"
pe=${PE:-$([ -x "$built" ] && realpath "$built" || echo pe)}
gpus=$(nvidia-smi --list-gpus 2>/dev/null | grep -c . || true)
per_host=${RANKS:-$([ "$gpus" -gt 0 ] && echo "$gpus" || echo 2)}
hosts=${HOSTS:-}
ranks=$per_host
if [ -n "$hosts" ]; then
  # host:slots,... as mpirun-hosts.sh has checked it
  ranks=0
  for host in ${hosts//,/ }; do ranks=$((ranks + ${host##*:})); done
  first=${hosts%%,*}
  per_host=${first##*:}
fi

physical=$(lscpu --parse=core,socket 2>/dev/null | grep -v '^#' | sort -u | wc -l || echo 0)
cores=${CORES:-$((physical / per_host))}

command=("$pe" "${COMMAND:-pretrain}" --config "$config" --resume "$@")
launch=("$mpirun" -n "$ranks")
if [[ $version != *HYDRA* ]]; then # Open MPI; HYDRA is MPICH's
  if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  if [ "$cores" -gt 0 ]; then
    launch+=(--map-by "slot:PE=$cores" --bind-to core)
  else
    launch+=(--bind-to none --oversubscribe)
  fi
  if [ -n "$hosts" ]; then
    launch+=(--host "$hosts" --mca plm_rsh_args "-o BatchMode=yes")
    for name in $(compgen -e | grep -E '^(PATH|LD_LIBRARY_PATH|(PE|NCCL|CUDA|DOTNET|AWS|UCX|OMP)_.*)$'); do launch+=(-x "$name"); done
  fi
  command=("$here/rank.sh" "${command[@]}")
  stop=USR1
else
  if [ "$cores" -gt 0 ]; then
    launch+=(-bind-to "core:$cores")
  else
    launch+=(-bind-to none)
  fi
  if [ -n "$hosts" ]; then
    launch+=(-hosts "$hosts" -envall)
  fi
  stop=TERM
fi

if [ "${DRY_RUN:-}" = 1 ]; then
  printf '%q ' "${launch[@]}" "${command[@]}"
  echo
  exit 0
fi

# In a session of its own, so that Ctrl-C comes here alone.
setsid "${launch[@]}" "${command[@]}" &
job=$!
told=0
trap 'told=130; kill -$stop "$job" 2>/dev/null || true' INT
trap 'told=143; kill -$stop "$job" 2>/dev/null || true' TERM
while
  code=0
  wait "$job" || code=$?
  kill -0 "$job" 2>/dev/null # a signal ended the waiting, not the job
do :; done
# MPICH says 0 of ranks that a signal has ended.
exit $((code == 0 ? told : code))
