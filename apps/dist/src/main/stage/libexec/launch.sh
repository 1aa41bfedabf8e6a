# Finds a Java and runs Myelin's jars with it: the part that ./myelin and an installed bin/myelin share.

say() { printf 'myelin: %s\n' "$*" >&2; }

# What tells one installed Java from another, without starting it.
identity() { stat -Lc '%n %i %Y' "$1"; }

# find_java DIRECTORY...: JAVA_HOME first, then the PATH, then where Debian puts JDKs. Prints nothing where there
# is none. Which version one is, is asked once: file 'java' in the first directory that can be written says it.
find_java() {
  local candidate version directory
  for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    for directory in "$@"; do
      if [ "$(cat "$directory/java" 2>/dev/null)" = "$(identity "$candidate")" ]; then
        printf '%s' "$candidate"
        return
      fi
    done
    version=$("$candidate" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;T;q')
    if [ -n "$version" ] && [ "$version" -ge 17 ]; then
      for directory in "$@"; do
        ! { mkdir -p "$directory" && identity "$candidate" >"$directory/java"; } 2>/dev/null || break
      done
      printf '%s' "$candidate"
      return
    fi
  done
}

# run_myelin JAVA LIB DIRECTORIES ARGUMENT...: becomes Java with the jars in LIB. Archives of classes are in one of
# DIRECTORIES, which are separated by colons.
run_myelin() {
  local java=$1 lib=$2 kind=${4:-} directories directory path name archive options
  IFS=: read -ra directories <<<"$3"
  shift 3

  # Commands that run a fabric want throughput, the others a quick start.
  case "$kind ${2:-}" in
    "lab cut" | "lab mend" | "lab loss" | "lab delay" | "lab kill" | "lab restart" | "lab show" | "lab traffic")
      kind=client # of a lab that runs
      ;;
  esac
  case $kind in
    demo | lab | node | bench | sim | simulate)
      # shellcheck disable=SC2086
      exec "$java" -XX:+UseParallelGC -Xmx2g ${MYELIN_JAVA_OPTS:-} -cp "$lib/*" io.myelin.cli.Main "$@"
      ;;
  esac

  # Clients load their classes from an archive, which the first of them leaves behind: of this Java, these jars.
  path=$(printf '%s:' "$lib"/*.jar)
  name=client-$({ identity "$java" && stat -Lc '%n %s %Y' "$lib"/*.jar; } | cksum | cut -d ' ' -f 1).jsa
  options=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xlog:disable -Xlog:all=error:stderr)
  # Netty's events for Flight Recorder would cost a tenth of the start.
  options+=(-Dmyelin.client=true -Dio.grpc.netty.shaded.io.netty.jfr.enabled=false)
  archive=
  for directory in "${directories[@]}"; do
    if [ -e "$directory/$name" ]; then
      archive=$directory/$name
      break
    fi
  done
  if [ -z "$archive" ]; then
    for directory in "${directories[@]}"; do
      # It is tried once: where it cannot be made, clients start without.
      [ ! -e "$directory/$name.tried" ] || break
      mkdir -p "$directory" 2>/dev/null && mkdir "$directory/$name.tried" 2>/dev/null || continue
      archive=$directory/$name
      find "$directory" -maxdepth 1 -name 'client-*' ! -name "$name*" -exec rm -rf {} + # of jars and Javas before
      "$java" "${options[@]}" -XX:ArchiveClassesAtExit="$archive.new" -cp "$path" io.myelin.cli.ClassArchive >/dev/null 2>&1 &&
        mv "$archive.new" "$archive" || rm -f "$archive.new"
      break
    done
  fi
  [ ! -e "$archive" ] || options+=(-XX:SharedArchiveFile="$archive")
  # shellcheck disable=SC2086
  exec "$java" "${options[@]}" ${MYELIN_JAVA_OPTS:-} -cp "$path" io.myelin.cli.Main "$@"
}
