"""In: the upload trio (ask for an address, send the bytes, complete). Out: a file in a channel or thread."""

import mimetypes
import secrets
from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.chat import bot_message
from bot.playground.methods.spec import Method, joined_channel, thread_root
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel, Message, Person

Json = dict[str, Any]
FILE_TYPES = {"md": "markdown", "txt": "text", "docx": "docx", "pdf": "pdf", "png": "png"}


def upload_url(slack: LocalSlack, args: Json) -> Json:
    if args["length"] <= 0:
        raise Refusal("invalid_arguments", "length must be positive [json-pointer:/length]")
    bot = slack.workspace.identity.bot_user
    file_id = new_file(slack, args["filename"], args["length"], bot, args.get("snippet_type") or "")
    return {"upload_url": f"{slack.base}/upload/v1/{file_id}", "file_id": file_id}


def new_file(slack: LocalSlack, name: str, size: int, user: str, kind: str = "") -> str:
    """A file without its bytes; returns its id."""
    file_id = f"F{secrets.token_hex(5).upper()}"
    slack.workspace.files[file_id] = {
        "id": file_id,
        "name": name,
        "title": name,
        "size": size,
        "mimetype": mimetypes.guess_type(name)[0] or "text/plain",
        "filetype": kind or FILE_TYPES.get(name.rpartition(".")[2].lower(), "text"),
        "mode": "hosted",
        "is_external": False,
        "user": user,
        "url_private": f"{slack.base}/files/{file_id}",
        "url_private_download": f"{slack.base}/files/{file_id}/download",
        "permalink": f"{slack.base}/files/{file_id}",
    }
    return file_id


def share(slack: LocalSlack, person: Person, channel: Channel, name: str, content: bytes, message: Json) -> Message:
    """A person's upload into a channel or thread; `message` holds its text, blocks and thread. Errors: Refusal no_file_data."""
    if not content:
        raise Refusal("no_file_data")
    file_id = new_file(slack, name, len(content), person.id)
    slack.workspace.contents[file_id] = content
    files = [slack.workspace.files[file_id]]
    ts = slack.workspace.new_ts()
    return slack.post(Message(ts, channel.id, person.id, files=files, subtype="file_share", **message))


def receive(slack: LocalSlack, file_id: str, body: bytes) -> str:
    """Takes the bytes. Errors: Refusal file_not_found, and upload_incomplete if the length is not the promised one."""
    promised = slack.workspace.files.get(file_id)
    if promised is None:
        raise Refusal("file_not_found")
    if len(body) != promised["size"]:
        raise Refusal("upload_incomplete")
    slack.workspace.contents[file_id] = body
    return f"OK - {len(body)}"


def complete(slack: LocalSlack, args: Json) -> Json:
    workspace = slack.workspace
    files = []
    for given in args["files"]:
        found = workspace.files.get(given.get("id", ""))
        if found is None or found["id"] not in workspace.contents:
            raise Refusal("file_not_found")
        found["title"] = given.get("title") or found["name"]
        files.append(found)
    where = [c for c in (args.get("channels") or args.get("channel_id") or "").split(",") if c]
    for ref in where:
        channel = joined_channel(slack, ref)
        slack.post(
            bot_message(
                slack,
                channel.id,
                text=args.get("initial_comment") or "",
                files=files,
                subtype="file_share",
                thread_ts=thread_root(channel, args.get("thread_ts")),
            )
        )
    return {"files": files}


def info(slack: LocalSlack, args: Json) -> Json:
    found = slack.workspace.files.get(args["file"])
    if found is None:
        raise Refusal("file_not_found")
    return {"file": found}


METHODS = {
    "files.getUploadURLExternal": Method(upload_url, ("filename", "length"), ("alt_txt", "snippet_type"), "tier4"),
    "files.completeUploadExternal": Method(
        complete, ("files",), ("channel_id", "channels", "initial_comment", "thread_ts"), "tier4"
    ),
    "files.info": Method(info, ("file",), ("count", "cursor", "limit", "page"), "tier4"),
}
