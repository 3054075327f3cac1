#!/usr/bin/env python3
"""A launchd plugin: notes as JSON files in a folder, one note a key."""
import json, os, pathlib, sys

verb, request = sys.argv[1], json.load(sys.stdin)
folder = pathlib.Path(os.environ.get("NOTES_FOLDER", "notes"))
folder.mkdir(parents=True, exist_ok=True)
path = folder / f"{request['key']}.json"  # the key is the mark that a look-up finds the object by


def described(fields):
    done = fields.pop("done", False)
    return {"id": request["key"], "url": path.resolve().as_uri(), "fields": fields, "done": done}


if verb == "observe":
    answer = {"found": described(json.loads(path.read_text()))} if path.exists() else {"absent": True}
elif verb in ("create", "update", "close"):
    if not request["with"].get("title"):
        answer = {"outcome": "rejected", "message": "a note needs a title"}
    else:
        fields = dict(request["with"], done=verb == "close")
        path.with_suffix(".new").write_text(json.dumps(fields))
        path.with_suffix(".new").replace(path)  # whole or not at all, also when we are ended here
        answer = {"outcome": "succeeded", "object": described(fields)}
elif verb == "delete":
    path.unlink(missing_ok=True)
    answer = {"outcome": "succeeded"}
elif verb == "ask":
    answer = {"value": len(list(folder.glob("*.json")))}
else:
    sys.exit(f"unknown verb {verb}")

json.dump(answer, sys.stdout)
