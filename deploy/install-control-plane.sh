#!/bin/sh
# Makes this server the control plane's, as a systemd service. It lies in the package beside what it installs
# (./streamclips control-plane-package FILE). Run as root; run again, from a newer package, to upgrade.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=${DESTDIR:-}
home=$root/opt/streamclips
config=$root/etc/streamclips
data=$root/var/lib/streamclips-control
unit=$root/etc/systemd/system/control-plane.service

usage() {
  cat <<'END'
usage: sh install-control-plane.sh --name HOST [--dashboard-port N] [--agents-port N] [--no-start]

Installs into /opt/streamclips/control-plane, /etc/streamclips (control-plane.env, secret-key), /var/lib/streamclips-control (data), and
/etc/systemd/system/control-plane.service; makes the user streamclips-control. HOST is the name or address by which agents reach this server.
The dashboard listens on 127.0.0.1:8080: nginx.conf beside this script is a proxy with TLS for it. The database is a private Postgres, or the
one that DATABASE_URL in /etc/streamclips/control-plane.env names: write that file first, or restart the service after.
Needs: systemd, PostgreSQL 15 or newer (its programs; not for DATABASE_URL), and the ASP.NET Core runtime 10.0 (package aspnetcore-runtime-10.0).
END
}

say() { echo "install: $*"; }
fail() {
  echo "install: $*" >&2
  exit 1
}

name='' dashboard_port=8080 agents_port=8443 start=yes given=''
while [ $# -gt 0 ]; do
  case $1 in
    --name | --dashboard-port | --agents-port)
      [ $# -ge 2 ] || fail "$1 wants a value"
      given="$given $1"
      ;;
  esac
  case $1 in
    --name) name=$2 && shift ;;
    --dashboard-port) dashboard_port=$2 && shift ;;
    --agents-port) agents_port=$2 && shift ;;
    --no-start) start=no ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

[ "$(id -u)" -eq 0 ] || [ -n "$root" ] || fail "run this as root"
[ -f "$here/control-plane/StreamClips.ControlPlane.dll" ] || fail "there is no control plane beside this script: unpack the whole package, and run it from there"
if [ ! -f "$config/control-plane.env" ]; then
  case $name in '' | *[!A-Za-z0-9.:,-]*) fail "--name is '$name': give the name or address by which agents reach this server" ;; esac
fi
for port in "$dashboard_port" "$agents_port"; do
  case $port in '' | *[!0-9]* | ??????*) fail "'$port' is no port: give a number from 1024 to 65535" ;; esac
  if [ "$port" -lt 1024 ] || [ "$port" -gt 65535 ]; then fail "'$port' is no port for a service that is not root: give a number from 1024 to 65535"; fi
done
[ "$dashboard_port" != "$agents_port" ] || fail "dashboard and agents are both given port $agents_port: give two"
dotnet=$(command -v dotnet || true)
if [ -z "$root" ]; then
  command -v systemctl >/dev/null || fail "systemctl is missing: this script sets up a systemd service"
  "${dotnet:-false}" --list-runtimes | grep -q '^Microsoft.AspNetCore.App 10\.' ||
    fail "the ASP.NET Core runtime 10.0 is missing: install it (apt-get install aspnetcore-runtime-10.0), then run again"
  if ! grep -qs '^DATABASE_URL=.' "$config/control-plane.env"; then
    found=no
    for postgres in /usr/lib/postgresql/*/bin/postgres "$(command -v postgres || true)"; do
      [ -x "$postgres" ] || continue
      version=$("$postgres" --version | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
      [ "${version:-0}" -lt 15 ] || found=yes
    done
    [ "$found" = yes ] || fail "PostgreSQL 15 or newer is missing: install it (apt-get install postgresql), or name a server with DATABASE_URL in /etc/streamclips/control-plane.env, then run again"
  fi
fi

umask 077
[ -n "$root" ] || id streamclips-control >/dev/null 2>&1 || {
  say "making the user streamclips-control"
  useradd --system --home-dir /var/lib/streamclips-control --shell /usr/sbin/nologin streamclips-control
}
(umask 022 && mkdir -p "$home" "$config" "$(dirname "$unit")")
chmod 755 "$home" "$config"

version=$(cd "$here" && find control-plane agent.tar.gz -type f -exec sha256sum {} + 2>/dev/null | LC_ALL=C sort | sha256sum | cut -c1-16)
say "installing the control plane into $home/control-plane-$version"
if [ ! -d "$home/control-plane-$version" ]; then
  # A directory that is there is whole.
  rm -rf "$home/control-plane-$version.new"
  mkdir "$home/control-plane-$version.new"
  cp -R "$here/control-plane" "$home/control-plane-$version.new/"
  [ ! -f "$here/agent.tar.gz" ] || cp "$here/agent.tar.gz" "$home/control-plane-$version.new/"
  chmod -R u=rwX,go=rX "$home/control-plane-$version.new"
  mv "$home/control-plane-$version.new" "$home/control-plane-$version"
fi
before=$(readlink "$home/control-plane" || true)
ln -sfn "control-plane-$version" "$home/control-plane.new"
mv -T "$home/control-plane.new" "$home/control-plane"

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
if [ ! -f "$config/secret-key" ]; then
  [ ! -f "$data/secret-key" ] || fail "$data/secret-key holds what secrets were sealed with until now: move it to $config/secret-key, then run again"
  random 32 >"$config/secret-key.new"
  mv "$config/secret-key.new" "$config/secret-key"
  say "keep a copy of $config/secret-key elsewhere: without it nodes have to be enrolled anew"
fi
if [ -f "$config/control-plane.env" ]; then
  say "keeping $config/control-plane.env as it is"
  [ -z "$given" ] || say "ignored, as that file says it already:$given. Change it there, then: systemctl restart control-plane"
else
  cat >"$config/control-plane.env.new" <<END
# What there is: README, "Settings of the programs". The file is read by root alone, so secrets may stand here.
DASHBOARD_PORT=$dashboard_port
GRPC_ADDRESS=0.0.0.0
GRPC_PORT=$agents_port
GRPC_NAMES=$name
#BEHIND_PROXY=127.0.0.1
#DATABASE_URL=postgres://streamclips:PASSWORD@HOST/streamclips
END
  mv "$config/control-plane.env.new" "$config/control-plane.env"
fi
if [ -z "$before" ] && [ ! -f "$config/control-plane-admin.env" ] && ! grep -q '^ADMIN_PASSWORD=' "$config/control-plane.env"; then
  echo "ADMIN_PASSWORD=$(random 12)" >"$config/control-plane-admin.env"
  say "the first admin's password is in $config/control-plane-admin.env: sign in as admin, change it, remove that file"
fi

sed "s|^ExecStart=[^ ]*|ExecStart=${dotnet:-/usr/bin/dotnet}|" "$here/control-plane.service" >"$unit.new"
chmod 644 "$unit.new"
mv "$unit.new" "$unit"
if [ -z "$root" ]; then
  systemctl daemon-reload
  if [ "$start" = yes ]; then
    systemctl enable control-plane.service
    systemctl restart control-plane.service || fail "the control plane does not start: journalctl -u control-plane -n 50"
    say "it runs: journalctl -u control-plane -f"
  fi
fi
# The version before stays, to go back to.
for old in "$home"/control-plane-*; do
  case ${old##*/} in "control-plane-$version" | "$before") continue ;; esac
  [ "$before" != "control-plane-$version" ] || break
  rm -rf "$old"
done
say "done"
