#!/bin/sh
# Runs every check and test, or with patterns only the test files that match; installs what is missing first.
set -u
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
case $self in */*) root=${self%/*} ;; *) root=. ;; esac
case $root in /*) ;; *) root=$PWD/$root ;; esac

program=test
. "$root/scripts/setup.sh"

need_node
want_debian bwrap:bubblewrap setpriv:util-linux prlimit:util-linux setsid:util-linux flock:util-linux git:git \
  /etc/ssl/certs/ca-certificates.crt:ca-certificates /usr/bin/python3:python3 gdb:gdb openssl:openssl tmux:tmux \
  ps:procps ping:iputils-ping
need_build
exec "$node" "$root/scripts/test.js" "$@"
