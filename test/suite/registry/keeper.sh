# keeper FOLDER PROGRAM: runs the registry with the settings in FOLDER until standard input closes. Then it is undone what
# the file undo says, and the folder is removed.
folder=$0
exec 3<&0
"$1" serve "$folder/config.yml" </dev/null 3<&- &
registry=$!
{ cat <&3; kill "$registry"; } >/dev/null 2>&1 &
exec 3<&-
wait "$registry"
sh "$folder/undo"
rm -rf "$folder"
