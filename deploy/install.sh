#!/bin/sh
# Makes this server a StreamClips node: the agent as a systemd service, with a join token. Run as root; run again to upgrade or mend.
# Served by the control plane at /install, which fills in the lines with @…@. The line that `streamclips nodes token create` prints
# checks this file's SHA-256 before it is run.
set -eu

control_plane='@CONTROL_PLANE_URL@'
package_sha256='@PACKAGE_SHA256@'
root=${DESTDIR:-}
home=$root/opt/streamclips
data=$root/var/lib/streamclips
config=$root/etc/streamclips
unit=$root/etc/systemd/system/node-agent.service

usage() {
  cat <<'END'
usage: sh install.sh [--node NAME] [--token-file FILE] [--package FILE] [--capacity N] [--control-plane URL,URL] [--cgroups] [--no-start]
       sh install.sh --uninstall

Installs into /opt/streamclips (the agent and the clip worker), /etc/streamclips (configuration), /var/lib/streamclips (data, join token),
and /etc/systemd/system/node-agent.service; makes the user streamclips. Packages come from the control plane itself, or from FILE.
The join token is read from FILE, from the file that JOIN_TOKEN_FILE names, or from standard input; it is never an argument. The agent
removes its copy of it once the control plane has let the server in. With --cgroups each worker is kept within its limits by a cgroup of its
own; it wants systemd 254 or newer with cgroups of version 2. Without it each process of a worker is bounded by setrlimit.
--uninstall ends the workers in order, then the agent, and removes programs and unit; configuration and data stay.
Needs: systemd, curl, tar, sha256sum, ffmpeg, and the ASP.NET Core runtime 10.0 (package aspnetcore-runtime-10.0).
END
}

say() { echo "install: $*"; }
fail() {
  echo "install: $*" >&2
  exit 1
}

node=$(hostname 2>/dev/null | cut -d. -f1 | tr 'A-Z_' 'a-z-' | tr -cd 'a-z0-9-' | cut -c1-63)
token_file=${JOIN_TOKEN_FILE:-}
package='' capacity=8 start=yes given='' cgroups=no uninstall=no
while [ $# -gt 0 ]; do
  case $1 in
    --node | --token-file | --package | --capacity | --control-plane) [ $# -ge 2 ] || fail "$1 wants a value" ;;
  esac
  case $1 in --node | --capacity | --control-plane) given="$given $1" ;; esac
  case $1 in
    --node) node=$2 && shift ;;
    --token-file) token_file=$2 && shift ;;
    --package) package=$2 && shift ;;
    --capacity) capacity=$2 && shift ;;
    --control-plane) control_plane=$2 && shift ;;
    --no-start) start=no ;;
    --cgroups) cgroups=yes ;;
    --uninstall) uninstall=yes ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

[ "$(id -u)" -eq 0 ] || [ -n "$root" ] || fail "run this as root"
if [ "$uninstall" = yes ]; then
  if [ -z "$root" ] && [ -f "$unit" ]; then
    # The next agent takes its workers with it when it stops: they finish their clips, and it ships what it can.
    mkdir -p /run/systemd/system/node-agent.service.d
    printf '[Service]\nEnvironment=STOP_WORKERS_ON_EXIT=true\n' >/run/systemd/system/node-agent.service.d/uninstall.conf
    systemctl daemon-reload
    if systemctl is-active -q node-agent.service; then
      say "ending the workers"
      systemctl restart node-agent.service || true
    fi
    systemctl disable --now node-agent.service
    # Those whom no agent could end.
    systemctl kill --kill-who=all --signal=TERM node-agent.service 2>/dev/null || true
    rm -r /run/systemd/system/node-agent.service.d/uninstall.conf
  fi
  rm -rf "$unit" "$unit.d/cgroups.conf" "$home/agent" "$home"/agent-*
  # What else is in them somebody else has put there.
  rmdir "$unit.d" 2>/dev/null || true
  rmdir "$home" 2>/dev/null || true
  [ -n "$root" ] || systemctl daemon-reload
  say "removed; $config and $data stay. Say so to the control plane: streamclips nodes retire $(sed -n 's/^INSTANCE_ID=//p' "$config/agent.env" 2>/dev/null || true)"
  exit 0
fi
case $node in '' | *[!a-z0-9-]*) fail "the node's name is '$node': give 1 to 63 of a-z, 0-9 and '-' with --node" ;; esac
case $capacity in '' | *[!0-9]*) fail "--capacity is '$capacity': give a whole number" ;; esac
for program in curl tar sha256sum; do command -v "$program" >/dev/null || fail "$program is missing: install it, then run again"; done
if [ "$cgroups" = yes ]; then
  systemd=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9][0-9]*\).*/\1/p')
  [ "${systemd:-0}" -ge 254 ] || fail "--cgroups wants systemd 254 or newer, and this is '${systemd:-none}': leave it out"
  [ -f "$root/sys/fs/cgroup/cgroup.controllers" ] || fail "--cgroups wants cgroups of version 2 on /sys/fs/cgroup: leave it out"
fi
dotnet=$(command -v dotnet || true)
if [ -z "$root" ]; then
  command -v systemctl >/dev/null || fail "systemctl is missing: this script sets up a systemd service"
  command -v ffmpeg >/dev/null || fail "ffmpeg is missing: install it (apt-get install ffmpeg), then run again"
  "${dotnet:-false}" --list-runtimes | grep -q '^Microsoft.AspNetCore.App 10\.' ||
    fail "the ASP.NET Core runtime 10.0 is missing: install it (apt-get install aspnetcore-runtime-10.0), then run again"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Also amid the question for the token.
trap '[ ! -t 0 ] || stty echo; exit 1' INT TERM
umask 077

# The control plane's own CA, of which this file's checksum vouches.
cat >"$work/ca.pem" <<'END'
@AUTHORITY_PEM@
END

if [ -z "$package" ]; then
  [ -n "$package_sha256" ] || fail "this control plane has no agent package to give: make one there (./streamclips agent-package FILE), name it with AGENT_PACKAGE, or give one with --package"
  fetched=no
  for url in $(echo "$control_plane" | tr ',' ' '); do
    say "fetching the agent from $url"
    if curl -fsS --proto '=https' --cacert "$work/ca.pem" -o "$work/agent.tar.gz" "$url/install/agent.tar.gz"; then
      fetched=yes
      break
    fi
  done
  [ "$fetched" = yes ] || fail "the agent package could not be fetched"
  package=$work/agent.tar.gz
  echo "$package_sha256  $package" | sha256sum -c --status || fail "the agent package is not the one that this script names (SHA-256 $package_sha256): get a fresh script from $url/install"
fi
version=$(sha256sum "$package" | cut -c1-16)

[ -n "$root" ] || id streamclips >/dev/null 2>&1 || {
  say "making the user streamclips"
  useradd --system --home-dir /var/lib/streamclips --shell /usr/sbin/nologin streamclips
}
(umask 022 && mkdir -p "$home" "$config" "$(dirname "$unit")")
mkdir -p "$data/node" "$data/clips"
chmod 755 "$home"

say "installing the agent into $home/agent-$version"
if [ ! -d "$home/agent-$version" ]; then
  mkdir "$work/unpacked"
  tar -xzf "$package" -C "$work/unpacked" --no-same-owner
  [ -f "$work/unpacked/agent/StreamClips.NodeAgent.dll" ] || fail "$package holds no agent"
  [ -f "$work/unpacked/worker/StreamClips.ClipWorker.dll" ] || [ -f "$work/unpacked/worker/StreamClips.ClipWorker" ] || fail "$package holds no clip worker"
  # A directory that is there is whole.
  rm -rf "$home/agent-$version.new"
  cp -R "$work/unpacked" "$home/agent-$version.new"
  # The service runs as a user of its own, which must read it.
  chmod -R u=rwX,go=rX "$home/agent-$version.new"
  mv "$home/agent-$version.new" "$home/agent-$version"
fi
before=$(readlink "$home/agent" || true)
ln -sfn "agent-$version" "$home/agent.new"
mv -T "$home/agent.new" "$home/agent"
# The version before stays, to go back to; older ones as long as a worker runs from them.
for old in "$home"/agent-*; do
  case ${old##*/} in "agent-$version" | "$before") continue ;; esac
  [ "$before" != "agent-$version" ] || break
  grep -qsF "${old#"$root"}/" /proc/[0-9]*/maps || rm -rf "$old"
done

# The native worker where it runs here: another architecture or an older C library shows at once.
worker=/opt/streamclips/agent/worker-native/StreamClips.ClipWorker
if [ ! -f "$root$worker" ]; then
  worker=/opt/streamclips/agent/worker/StreamClips.ClipWorker.dll
elif ! fault=$("$root$worker" --version 2>&1 >/dev/null); then
  worker=/opt/streamclips/agent/worker/StreamClips.ClipWorker.dll
  say "the native worker does not run here ($(echo "$fault" | head -n 1 | cut -c1-200)): taking the managed one"
fi
[ -f "$root$worker" ] || worker=/opt/streamclips/agent/worker/StreamClips.ClipWorker
if [ -f "$config/agent.env" ]; then
  node=$(sed -n 's/^INSTANCE_ID=//p' "$config/agent.env")
  # One of ours is replaced by what this package has; one that somebody else put there stays.
  sed "s|^CLIP_WORKER=/opt/streamclips/agent/.*|CLIP_WORKER=$worker|" "$config/agent.env" >"$work/agent.env"
  mv "$work/agent.env" "$config/agent.env"
  say "keeping $config/agent.env as it is: this is node $node"
  [ -z "$given" ] || say "ignored, as that file says it already:$given. Change it there, then: systemctl restart node-agent"
else
  cat >"$work/agent.env" <<END
CONTROL_PLANE_URL=$control_plane
INSTANCE_ID=$node
NODE_DIRECTORY=/var/lib/streamclips/node
NODE_CAPACITY=$capacity
STORAGE_SERVER_PATH=/var/lib/streamclips/clips
CLIP_WORKER=$worker
JOIN_TOKEN_FILE=/var/lib/streamclips/join-token
JOIN_TOKEN_REMOVE=true
END
  mv "$work/agent.env" "$config/agent.env"
fi

if [ -n "$token_file" ]; then
  cat "$token_file" >"$work/token"
elif [ -f "$data/node/identity/node.pem" ]; then
  say "this server is a node already: no join token is needed"
elif [ -t 0 ]; then
  printf 'join token: ' >&2
  stty -echo
  head -n 1 >"$work/token" || true
  stty echo
  echo >&2
else
  head -n 1 >"$work/token"
fi
if [ -f "$work/token" ]; then
  grep -q '^scj1_' "$work/token" || fail "that is no join token: make one with streamclips nodes token create"
  join=$(sed -n 's/^JOIN_TOKEN_FILE=//p' "$config/agent.env" | tail -n 1)
  case $join in /*) ;; *) fail "$config/agent.env has no JOIN_TOKEN_FILE with a path from /: add JOIN_TOKEN_FILE=/var/lib/streamclips/join-token, then run again" ;; esac
  join=$root$join
  mv "$work/token" "$join"
fi

cat >"$work/unit" <<'END'
@UNIT@
END
sed "s|^ExecStart=[^ ]*|ExecStart=${dotnet:-/usr/bin/dotnet}|" "$work/unit" >"$unit"
chmod 644 "$unit"
if [ "$cgroups" = yes ]; then
  mkdir -p "$unit.d"
  cat >"$unit.d/cgroups.conf" <<'END'
@CGROUPS@
END
  chmod 755 "$unit.d"
  chmod 644 "$unit.d/cgroups.conf"
fi
chmod 755 "$config"
if [ -z "$root" ]; then
  [ ! -f "${join:-}" ] || chown -h streamclips: "$join"
  chown -R streamclips: "$data"
  systemctl daemon-reload
  if [ "$start" = yes ]; then
    systemctl enable node-agent.service
    systemctl restart node-agent.service || fail "the agent does not start: journalctl -u node-agent -n 50"
    say "node $node runs: journalctl -u node-agent -f"
  fi
fi
say "done"
