#!/bin/sh
# A launchd plugin in plain shell: a banner as a text file in a folder, one file a key.
# LAUNCHD_KEY names the object; the request's JSON on standard input is not needed here, so it is not read.
set -eu
folder=${BANNER_FOLDER:-banners}
mkdir -p "$folder"
file=$folder/$LAUNCHD_KEY.txt

# BANNER_TEXT comes from the activity's `env`. It is put between JSON quotes: control characters go, \ and " are escaped.
json() { tr '[:cntrl:]' ' ' | sed 's/[\\"]/\\&/g'; }
object() { printf '{"id":"%s","fields":{"text":"%s"}}' "$LAUNCHD_KEY" "$(json <"$file")"; }

case $1 in
observe) if [ -e "$file" ]; then printf '{"found":%s}' "$(object)"; else printf '{"absent":true}'; fi ;;
create | update)
  printf '%s' "${BANNER_TEXT:-}" >"$file.new"
  mv "$file.new" "$file"
  printf '{"outcome":"succeeded","object":%s}' "$(object)"
  ;;
delete) rm -f "$file" && printf '{"outcome":"succeeded"}' ;;
ask) printf '{"value":%d}' "$(find "$folder" -name '*.txt' | wc -l)" ;;
*) printf '{"outcome":"rejected","message":"a banner cannot %s"}' "$1" ;;
esac
