# Sourced by `bottle` and `test`: brings what is missing, and costs two milliseconds when nothing is.
# They set $root (this clone) and $program (their name); everything here speaks on stderr alone.

say() { printf '%s: %s\n' "$program" "$*" >&2; }

# stop WHAT NEXT: claude-bottle cannot go on before its owner has done something.
stop() {
  say "$1"
  [ $# -lt 2 ] || say "  $2"
  exit 2
}

node_floor=20.19

# Sets $node. Asking Node for its version costs more than the rest, so the answer is kept beside the build.
need_node() {
  node=$(command -v node) || stop "Node is not installed." "Install Node $node_floor or newer (https://nodejs.org), then run this again."
  seen=
  [ ! -f "$root/dist/.node" ] || read -r seen <"$root/dist/.node"
  if [ "$seen" != "$node" ] || [ "$node" -nt "$root/dist/.node" ]; then
    version=$("$node" -p process.versions.node) || stop "Node at $node does not start."
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
      stop "Node $version at $node is too old." "Install Node $node_floor or newer (https://nodejs.org), then run this again."
    fi
    mkdir -p "$root/dist" && printf '%s\n' "$node" >"$root/dist/.node"
  fi
}

# need_debian PROGRAM:PACKAGE…: every program is there, or its package is installed; an absolute path stands for a file.
need_debian() {
  missing_packages "$@"
  [ -n "$missing" ] || return 0
  can_install || stop "This needs: $missing" "$(how_to_install)"
  locked install_packages "$@" || stop "These packages could not be installed: $missing" "$(how_to_install)"
}

# want_debian PROGRAM:PACKAGE…: as need_debian, but goes on without them; what lacks them says so itself.
want_debian() {
  missing_packages "$@"
  [ -n "$missing" ] || return 0
  if ! can_install; then
    say "some tests will be skipped without: $missing" && say "  $(how_to_install)"
  elif ! locked install_packages "$@"; then
    say "some tests will be skipped: these packages could not be installed: $missing"
  fi
}

# Sets $missing to the packages whose program is not there, each once.
missing_packages() {
  missing=
  for pair; do
    case ${pair%:*} in
      /*) [ -s "${pair%:*}" ] && continue ;;
      *) command -v "${pair%:*}" >/dev/null 2>&1 && continue ;;
    esac
    case " $missing " in *" ${pair##*:} "*) ;; *) missing="${missing:+$missing }${pair##*:}" ;; esac
  done
}

can_install() { [ -e /etc/debian_version ] && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; }

how_to_install() {
  case $(uname -s) in
    Linux) ;;
    *) printf 'Bottles of this version need Linux.' && return ;;
  esac
  if [ -e /etc/debian_version ]; then
    printf 'Run: sudo apt-get install %s' "$missing"
  elif command -v dnf >/dev/null; then
    printf 'Run: sudo dnf install %s' "$missing"
  elif command -v pacman >/dev/null; then
    printf 'Run: sudo pacman -S %s' "$missing"
  elif command -v apk >/dev/null; then
    printf 'Run: sudo apk add %s' "$missing"
  else
    printf 'Install them with the package manager of this system.'
  fi
}

# The lists of packages are fetched only where the ones at hand do not lead to an installation.
install_packages() {
  missing_packages "$@"
  [ -n "$missing" ] || return 0
  say "installing $missing (Debian packages, once) …"
  apt_install && return 0
  say "fetching the lists of packages …"
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 update >&2 </dev/null && apt_install
}

apt_install() {
  # Unquoted: one word a package.
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends $missing >&2 </dev/null
}

# Packages from the lock file are there and of this lock file; dist/ is newer than what it is built from.
need_build() {
  if packages_stale; then locked install_npm || stop "npm could not install the packages of package-lock.json."; fi
  if build_stale; then locked build || stop "The build failed."; fi
}

packages_stale() {
  [ ! -f "$root/node_modules/.package-lock.json" ] || [ "$root/package-lock.json" -nt "$root/node_modules/.package-lock.json" ]
}

# npm writes the hidden lock file last, so its presence says that the installation was finished.
install_npm() {
  packages_stale || return 0
  command -v npm >/dev/null || stop "npm is not installed." "Install npm (it comes with Node from https://nodejs.org), then run this again."
  [ ! -L "$root/node_modules" ] || stop "node_modules is a symbolic link, and npm would empty what it points to." "Remove the link, then run this again."
  say "installing packages of package-lock.json (once) …"
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 </dev/null || return 1
  touch "$root/node_modules/.package-lock.json"
}

build_stale() {
  [ ! -f "$root/dist/.stamp" ] || [ -n "$(
    cd "$root" && find src bench images scripts/build scripts/build.js package.json package-lock.json tsconfig.json \
      -newer dist/.stamp ! -name '*.test.ts' -print 2>/dev/null | head -n 1
  )" ]
}

build() {
  build_stale || return 0
  say "building …"
  "$node" "$root/scripts/build.js" >&2 </dev/null
}

# One run at a time changes this clone. The lock is the folder itself: nothing is left behind, and the system lets go of
# it with the process. Without flock(1) (never on Linux with util-linux) the steps are safe alone, if wasteful.
locked() {
  if command -v flock >/dev/null; then
    (
      flock 9
      "$@" 9<&-
    ) 9<"$root"
  else
    "$@"
  fi
}
