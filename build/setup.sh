# shellcheck shell=bash
# Sourced by ../streamclips and test.sh: finds or installs what a command needs, and builds what is stale.
# Expects $root, the repository's path.

state="${root:?}/.build"

say() { echo "streamclips: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# while_waiting WORDS COMMAND …: says what takes long before it is done, and how long it has taken: in place on a terminal, elsewhere a line a minute.
while_waiting() {
  local words=$1 ticker status=0
  shift
  say "$words…"
  tick "$words" 9>&- &
  ticker=$!
  "$@" || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  return "$status"
}

# Ends with the script that it speaks for, also where that is killed.
tick() {
  local begun=$SECONDS took
  while sleep 1 2>/dev/null && kill -0 "$$" 2>/dev/null; do
    took=$((SECONDS - begun))
    if [ -t 2 ]; then
      printf '\rstreamclips: %s, for %d s\033[K' "$1" "$took" >&2
    elif [ $((took % 60)) -eq 0 ] && [ "$took" -gt 0 ]; then
      say "$1, for $((took / 60)) min"
    fi
  done
}

# need_programs NAME …: what is missing is installed with apt, as root or with sudo, and named before it is.
need_programs() {
  local missing=() name
  for name in "$@"; do
    case "$name" in
      ffmpeg) has ffmpeg ffprobe || missing+=(ffmpeg) ;;
      postgres) has_postgres /usr/lib/postgresql || missing+=(postgresql) ;;
      node) has node npm || missing+=(nodejs npm) ;;
      chromium) find_chromium || missing+=(chromium) ;;
      linker) has gcc && [ -e /usr/include/stdlib.h ] || missing+=(gcc libc6-dev) ;;
      sshd) [ -x /usr/sbin/sshd ] && has ssh sftp || missing+=(openssh-server openssh-client) ;;
      shells) has zsh fish || missing+=(zsh fish) ;;
      setsid) has setsid setpriv || missing+=(util-linux) ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  install_packages "${missing[@]}"
}

# has NAME …: all of these are on the PATH.
has() {
  local name
  for name in "$@"; do command -v "$name" >/dev/null || return 1; done
}

# has_postgres FOLDER: the control plane wants 15 or newer. Debian keeps the server programs off the PATH, in this folder.
has_postgres() {
  local program version
  for program in "$1"/*/bin/postgres "$(command -v postgres)"; do
    [ -x "$program" ] || continue
    version=$("$program" --version)
    version=${version#* (PostgreSQL) }
    [ "${version%%[!0-9]*}" -ge 15 ] && return 0
  done
  return 1
}

# The browser tests take the one that CHROMIUM names.
find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=${CHROMIUM:-$(command -v "$name" || true)}
  done
  export CHROMIUM
  [ -n "$CHROMIUM" ]
}

install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  command -v apt-get >/dev/null || fail "missing: $*. This machine has no apt-get: install these yourself, then run again."
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "missing: $*. Installing them takes root, and there is no sudo: run 'apt-get install $*' as root, then run again."
    apt=(sudo "${apt[@]}")
    # Whom sudo asks for a password is asked before a line that is written anew each second stands there.
    [ ! -t 2 ] || sudo env true || fail "missing: $*. Installing them takes root, and sudo refuses: run 'apt-get install $*' as root, then run again."
  fi
  need_state
  # A foreign source that is broken fails the update, not what is needed here; another apt at work is waited for. A cluster of the
  # system's own is of no use to us.
  if ! while_waiting "installing with apt: $*" logged "$state/apt.log" install_with "$@"; then
    tail -n 5 "$state/apt.log" >&2
    fail "apt could not install: $*. The lines above say why; the whole is in $state/apt.log."
  fi
}

# install_with PACKAGE …: by the words in $apt.
install_with() {
  "${apt[@]}" update || true
  case " $* " in *' postgresql '*) no_system_cluster ;; esac
  case " $* " in *' openssh-server '*) no_system_sshd ;; esac
  "${apt[@]}" install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

no_system_cluster() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    "${as_root[@]}" sh -c 'mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf'
}

# The tests start an SSH server of their own on loopback: installing it must open no door of the machine.
no_system_sshd() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  say "the machine's own SSH server stays off; to use it later: systemctl unmask ssh"
  "${as_root[@]}" sh -c 'mkdir -p /etc/systemd/system && for unit in ssh.service ssh.socket; do [ -e /etc/systemd/system/$unit ] || ln -s /dev/null /etc/systemd/system/$unit; done'
}

need_state() {
  mkdir -p "$state" 2>/dev/null || true
  [ -w "$state" ] || fail "cannot write to $root: the build needs a place there. Give yourself write access, or clone into a directory of yours."
}

# Before anything is installed for nothing.
need_dotnet() {
  has dotnet ||
    fail "the .NET SDK 10.0 is missing: install the package dotnet-sdk-10.0 (or unpack the SDK and put 'dotnet' on the PATH), then run again."
}

need_sdk() {
  need_dotnet
  dotnet --list-sdks | grep '^10\.' >/dev/null ||
    fail "the .NET SDK 10.0 is needed, there is $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' '). Install dotnet-sdk-10.0, then run again."
}

# One line that changes when any source file of these folders is edited, added or removed.
fingerprint() {
  (cd "$root" && find "$@" Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json \
    \( -name bin -o -name obj -o -name node_modules -o -name lib -path '*/wwwroot/*' \) -prune -o -type f -printf '%p %s %T@\n' | sort | cksum)
}

# The house's rules are held by analyzers, which take two thirds of a build. Whoever only wants to run the programs does not wait for them;
# from the first whole test run on every build has them.
analysis() {
  if [ -e "$state/analysed" ]; then echo true; else echo false; fi
}

analyse() {
  need_state
  [ -e "$state/analysed" ] || {
    rm -f "$state/all.built"
    touch "$state/analysed"
  }
}

# The compiler server of this build has a name of its own, so that it can be ended with it: nothing is left running.
compile() {
  local server="streamclips-$$" status=0
  dotnet build "$root/$1" -c Release --nologo -v quiet -clp:NoSummary -nodeReuse:false -p:SharedCompilationId="$server" -p:RunAnalyzers="$(analysis)" || status=$?
  end_compiler_server "$server"
  return "$status"
}

# logged FILE COMMAND …: what a command says goes into a file; the locks of this script stay this script's.
logged() {
  local file=$1
  shift
  "$@" >"$file" 2>&1 9>&-
}

# Without pkill, which small images lack.
end_compiler_server() {
  local process
  for process in /proc/[0-9]*; do
    if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q -- "-pipename:$1"; then kill "${process#/proc/}" 2>/dev/null || true; fi
  done
}

# is_built NAME FINGERPRINT: this state of the sources was built, and what was built is still there.
is_built() {
  [ "$(cat "$state/$1.built" 2>/dev/null)" = "$2" ] || return 1
  local program programs='src/ControlPlane src/NodeAgent src/ClipWorker src/Cli sim/LiveSite'
  [ "$1" = product ] || programs+=' bench/Bench'
  for program in $programs; do
    [ -f "$root/${program%/Bench}/bin/Release/net10.0/StreamClips.${program#*/}.dll" ] || return 1
  done
}

# build NAME SOLUTION FOLDER …: builds in Release what is stale; two commands never build at once.
build() {
  local name=$1 target=$2 now
  shift 2
  now=$(fingerprint "$@")
  if is_built "$name" "$now"; then return 0; fi
  need_sdk
  need_programs node
  need_state
  exec 9>"$state/lock"
  flock -n 9 || {
    say "another command builds: waiting for it"
    flock 9
  }
  now=$(fingerprint "$@")
  if ! is_built "$name" "$now"; then
    while_waiting "building ($name)" logged "$state/$name.log" compile "$target" || {
      grep -E 'error|warning' "$state/$name.log" | sort -u | head -n 20 >&2 || tail -n 20 "$state/$name.log" >&2
      fail "the build failed; the whole of what it said is in $state/$name.log"
    }
    echo "$now" >"$state/$name.built"
  fi
  exec 9>&-
}

build_product() { build product build/Product.proj src sim proto build deploy; }

# The worker as a program of machine code: half the processor time and a third of the memory of the managed one, of which a node
# runs a hundred. CLIP_WORKER names it to whatever is started. Where it cannot be built the managed one does the same job.
build_native_worker() {
  build_native native src/ClipWorker || return 0
  export CLIP_WORKER="$state/native/StreamClips.ClipWorker"
}

# That of the benches, which stands in for it: it costs what the real one does at its start.
build_native_scripted_worker() {
  build_native native-scripted tests/ScriptedWorker || return 0
  export SCRIPTED_WORKER="$state/native-scripted/StreamClips.ScriptedWorker"
}

# build_native NAME PROJECT: a worker as machine code into $state/NAME, where its sources have changed.
build_native() {
  local now folder="$state/$1" platform program
  program=StreamClips.${2##*/}
  case "$(uname -m)" in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) return 1 ;;
  esac
  need_state
  now=$(fingerprint "$2" src/Shared src/Grpc.Core.Api proto build)
  exec 9>"$state/$1.lock"
  flock 9
  if [ "$(cat "$state/$1.built" 2>/dev/null)" != "$now" ] || [ ! -x "$folder/$program" ]; then
    if while_waiting "building ($1 worker)" logged "$state/$1.log" dotnet publish "$root/$2" -c Release -r "$platform" -p:PublishAot=true -p:RunAnalyzers=false -p:CppCompilerAndLinker=gcc --artifacts-path "$state/$1-build" \
      -o "$folder.new" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false; then
      rm -rf "$folder"
      mv "$folder.new" "$folder"
      echo "$now" >"$state/$1.built"
    else
      rm -rf "$folder.new"
      exec 9>&-
      say "the $1 worker could not be built: $(grep -m 1 -E 'error' "$state/$1.log" || tail -n 1 "$state/$1.log")"
      say "going on with the managed one, which takes about twice the processor time; the whole of what was said is in $state/$1.log"
      return 1
    fi
  fi
  exec 9>&-
}

# The agent and the clip worker as one file, for servers; needs the ASP.NET Core runtime 10.0 there. The worker as native code goes with it
# where it can be built: whoever installs it tries whether it runs there, and takes the managed one where it does not.
agent_package() {
  local folder="$state/agent-package" project parts=(agent worker)
  need_sdk
  need_state
  rm -rf "$folder"
  for project in NodeAgent:agent ClipWorker:worker; do
    dotnet publish "$root/src/${project%:*}" -c Release -o "$folder/${project#*:}" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false -p:RunAnalyzers="$(analysis)" >"$state/agent-package.log" 2>&1 ||
      fail "the package could not be made; what was said is in $state/agent-package.log"
  done
  build_native_worker
  if [ -x "$state/native/StreamClips.ClipWorker" ] && [ "${CLIP_WORKER:-}" = "$state/native/StreamClips.ClipWorker" ]; then
    mkdir "$folder/worker-native"
    cp "$state/native/StreamClips.ClipWorker" "$folder/worker-native/"
    parts+=(worker-native)
  fi
  tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$1" -C "$folder" "${parts[@]}"
  rm -rf "$folder"
  say "$1 is made: name it to the control plane with AGENT_PACKAGE, or put it into its data directory as agent.tar.gz"
}

# The control plane as one file, with its unit, its installer, and the agent's package for its nodes.
control_plane_package() {
  local folder="$state/control-plane-package/streamclips-control-plane"
  need_sdk
  need_programs node
  need_state
  rm -rf "${folder%/*}"
  mkdir -p "$folder"
  dotnet publish "$root/src/ControlPlane" -c Release -o "$folder/control-plane" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false -p:RunAnalyzers="$(analysis)" >"$state/control-plane-package.log" 2>&1 ||
    fail "the package could not be made; what was said is in $state/control-plane-package.log"
  # Apart: what fails in it would end this script without a word.
  (agent_package "$folder/agent.tar.gz") >/dev/null 2>&1 || rm -f "$folder/agent.tar.gz"
  [ -s "$folder/agent.tar.gz" ] || fail "the agent's package could not be made; what was said is in $state/agent-package.log"
  cp "$root"/deploy/install-control-plane.sh "$root"/deploy/control-plane.service "$root"/deploy/nginx.conf "$folder/"
  tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$1" -C "${folder%/*}" "${folder##*/}"
  rm -rf "${folder%/*}"
  say "$1 is made: unpack it on the server, and run: sh streamclips-control-plane/install-control-plane.sh --name HOST"
}

build_bench() {
  build_product
  build bench bench/StreamClips.Bench.csproj src sim proto build bench tests/ScriptedWorker
}

# What the tests need holds the product and the benches too.
build_all() {
  local product bench
  product=$(fingerprint src sim proto build deploy)
  bench=$(fingerprint src sim proto build bench tests/ScriptedWorker)
  build all StreamClips.sln src sim proto build deploy bench tests
  echo "$product" >"$state/product.built"
  echo "$bench" >"$state/bench.built"
}
