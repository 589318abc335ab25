# shellcheck shell=bash
# Sourced by ../streamclips and test.sh: finds or installs what a command needs, and builds what is stale.
# Expects $root, the repository's path.

state="${root:?}/.build"

say() { echo "streamclips: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# need_programs NAME …: what is missing is installed with apt, as root or with sudo, and named before it is.
need_programs() {
  local missing=() name
  for name in "$@"; do
    case "$name" in
      ffmpeg) has ffmpeg ffprobe || missing+=(ffmpeg) ;;
      postgres) has_postgres || missing+=(postgresql) ;;
      node) has node npm || missing+=(nodejs npm) ;;
      chromium) has chromium || missing+=(chromium) ;;
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

# Debian keeps the server programs off the PATH.
has_postgres() {
  local program
  for program in /usr/lib/postgresql/*/bin/postgres; do [ -x "$program" ] && return 0; done
  has postgres
}

install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  command -v apt-get >/dev/null || fail "missing: $*. This machine has no apt-get: install these yourself, then run again."
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "missing: $*. Installing them takes root, and there is no sudo: run 'apt-get install $*' as root, then run again."
    apt=(sudo "${apt[@]}")
  fi
  say "installing with apt: $*"
  need_state
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } >"$state/apt.log" 2>&1; then
    tail -n 5 "$state/apt.log" >&2
    fail "apt could not install: $*. The lines above say why; the whole is in $state/apt.log."
  fi
}

need_state() {
  mkdir -p "$state" 2>/dev/null || true
  [ -w "$state" ] || fail "cannot write to $root: the build needs a place there. Give yourself write access, or clone into a directory of yours."
}

need_sdk() {
  command -v dotnet >/dev/null ||
    fail "the .NET SDK 10.0 is missing: install the package dotnet-sdk-10.0 (or unpack the SDK and put 'dotnet' on the PATH), then run again."
  dotnet --list-sdks | grep -q '^10\.' ||
    fail "the .NET SDK here is too old: 10.0 is needed, there is $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' '). Install dotnet-sdk-10.0, then run again."
}

# One line that changes when any source file of these folders is edited, added or removed.
fingerprint() {
  (cd "$root" && find "$@" Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json \
    \( -name bin -o -name obj -o -name node_modules -o -name lib -path '*/wwwroot/*' \) -prune -o -type f -printf '%p %s %T@\n' | sort | cksum)
}

# The compiler server of this build has a name of its own, so that it can be ended with it: nothing is left running.
compile() {
  local server="streamclips-$$" status=0
  dotnet build "$root/$1" -c Release --nologo -v quiet -clp:NoSummary -nodeReuse:false -p:SharedCompilationId="$server" || status=$?
  pkill -f -- "-pipename:$server" || true
  return "$status"
}

# build NAME SOLUTION FOLDER …: builds in Release what is stale; two commands never build at once.
build() {
  local name=$1 target=$2 now
  shift 2
  now=$(fingerprint "$@")
  [ "$(cat "$state/$name.built" 2>/dev/null)" != "$now" ] || return 0
  need_sdk
  need_programs node
  need_state
  exec 9>"$state/lock"
  flock 9
  now=$(fingerprint "$@")
  if [ "$(cat "$state/$name.built" 2>/dev/null)" != "$now" ]; then
    say "building ($name)…"
    compile "$target" >"$state/$name.log" 2>&1 9>&- || {
      grep -E 'error|warning' "$state/$name.log" | sort -u | head -n 20 >&2 || tail -n 20 "$state/$name.log" >&2
      fail "the build failed; the whole of what it said is in $state/$name.log"
    }
    echo "$now" >"$state/$name.built"
  fi
  exec 9>&-
}

build_product() { build product build/Product.proj src sim proto build; }

# What the tests need holds the product too.
build_all() {
  local product
  product=$(fingerprint src sim proto build)
  build all StreamClips.sln src sim proto build tests
  echo "$product" >"$state/product.built"
}
