"""In: blocks as an app sends them. Out: nothing, or Slack's refusal with a pointer to each fault."""

from typing import Any

from bot.playground.block_tables import BLOCKS, ELEMENTS, OBJECTS, Fields, Rule
from bot.playground.refusal import Refusal
from bot.playground.rich_check import check_rich, check_table

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 11_300
TEXT_FIELDS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}


class Faults(list[str]):
    """Faults found so far, each with a JSON pointer, in the words Slack uses."""

    def add(self, what: str, at: str) -> None:
        self.append(f"{what} [json-pointer:{at}]")

    def string(self, value: Any, most: int, at: str) -> None:
        if not isinstance(value, str):
            self.add("must be a string", at)
        elif most and len(value) > most:
            self.add(f"must be less than {most + 1} characters", at)

    def amount(self, value: Any, most: int, at: str, least: int = 1) -> bool:
        if not isinstance(value, list):
            self.add("must be an array", at)
            return False
        if most and len(value) > most:
            self.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            self.add(f"no less than {least} items allowed", at)
        return True

    def text(self, value: Any, most: int, at: str, plain: bool = False) -> None:
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if not isinstance(value, dict) or value.get("type") not in kinds:
            self.add(f"must be a text object of type {' or '.join(kinds)}", at)
            return
        self.fields_known(value, TEXT_FIELDS[value["type"]], at)
        self.string(value.get("text"), most, f"{at}/text")
        if value.get("text") == "":
            self.add("must be more than 0 characters", f"{at}/text")

    def fields_known(self, value: dict[str, Any], known: set[str], at: str) -> None:
        for name in value.keys() - known:
            self.add(f"invalid additional property: {name}", at)

    def fields(self, value: Any, rules: Fields, at: str, extra: tuple[str, ...] = ()) -> None:
        """Checks a JSON object against a table entry; `extra` names fields checked elsewhere."""
        if not isinstance(value, dict):
            self.add("must be an object", at)
            return
        self.fields_known(value, {*rules, *extra}, at)
        for name, rule in rules.items():
            if name not in value:
                if rule.required:
                    self.add(f"missing required field: {name}", at)
            else:
                self.field(value[name], rule, f"{at}/{name}")

    def field(self, value: Any, rule: Rule, at: str) -> None:
        match rule.kind:
            case "string":
                self.string(value, rule.most, at)
                if rule.required and value == "":
                    self.add("must be more than 0 characters", at)
            case "bool" if not isinstance(value, bool):
                self.add("must be a boolean", at)
            case "int" if isinstance(value, bool) or not isinstance(value, int):
                self.add("must be an integer", at)
            case "int" if rule.most and not 0 <= value <= rule.most:
                self.add(f"must be between 0 and {rule.most}", at)
            case "one_of" if value not in rule.of:
                self.add(f"must be one of: {', '.join(rule.of)}", at)
            case "text" | "plain":
                self.text(value, rule.most, at, rule.kind == "plain")
            case "option":
                self.fields(value, OBJECTS["option"], at)
            case "object":
                self.fields(value, OBJECTS[rule.of[0]], at)
            case "element":
                self.element(value, rule.of, at)
            case "free" if rule.most:
                self.amount(value, rule.most, at, least=0)
            case "options" | "groups" | "texts" | "elements" if self.amount(value, rule.most, at):
                self.items(value, rule, at)

    def items(self, values: list[Any], rule: Rule, at: str) -> None:
        taken: set[str] = set()
        for i, value in enumerate(values):
            here = f"{at}/{i}"
            if rule.kind == "texts":
                self.text(value, rule.each, here)
            elif rule.kind == "elements":
                self.element(value, rule.of, here)
                self.unique(value, "action_id", taken, here)
            else:
                self.fields(
                    value, OBJECTS["option_group" if rule.kind == "groups" else (rule.of or ("option",))[0]], here
                )

    def unique(self, value: Any, name: str, taken: set[str], at: str) -> None:
        key = value.get(name) if isinstance(value, dict) else None
        if isinstance(key, str):
            if key in taken:
                self.add(f'`{name}` "{key}" already exists', f"{at}/{name}")
            taken.add(key)

    def element(self, value: Any, allowed: tuple[str, ...], at: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in allowed:
            self.add(f"unsupported type: {kind}", f"{at}/type")
        elif kind in TEXT_FIELDS:
            self.text(value, 3000, at)
        else:
            self.fields(value, ELEMENTS[str(kind)], at, ("type",))
            if kind == "plain_text_input":
                self.typed(value, at)
            if "select" in str(kind) and kind != "users_select" and ("options" in value) == ("option_groups" in value):
                self.add("exactly one of options, option_groups is needed", at)
            self.initial(value, at)

    def initial(self, value: dict[str, Any], at: str) -> None:
        """What is chosen at first must be one of the options."""
        offered = [
            *listed(value, "options"),
            *(o for g in listed(value, "option_groups") for o in listed(g, "options")),
        ]
        if "initial_option" in value and value["initial_option"] not in offered:
            self.add("initial_option must match one of the options", f"{at}/initial_option")
        if any(option not in offered for option in listed(value, "initial_options")):
            self.add("initial_options must match the options", f"{at}/initial_options")

    def typed(self, value: dict[str, Any], at: str) -> None:
        initial, most, least = value.get("initial_value"), value.get("max_length"), value.get("min_length")
        if most == 0:
            self.add("must be greater than 0", f"{at}/max_length")
        if isinstance(most, int) and isinstance(least, int) and least > most:
            self.add("min_length must not be greater than max_length", at)
        if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
            self.add(f"must be less than {most + 1} characters", f"{at}/initial_value")

    def blocks(self, blocks: Any, most: int, at: str, refused: tuple[str, ...] = ()) -> None:
        """Every block of a message or view; block ids are unique across them, action ids within one block."""
        if not self.amount(blocks, most, at, least=0):
            return
        taken: set[str] = set()
        for i, block in enumerate(blocks):
            here = f"{at}/{i}"
            kind = str(block.get("type")) if isinstance(block, dict) else None
            if kind not in BLOCKS or kind in refused:
                self.add(f"unsupported type: {kind}", f"{here}/type")
                continue
            self.fields(block, {**BLOCKS[str(kind)], "block_id": Rule("string", 255)}, here, ("type",))
            self.unique(block, "block_id", taken, here)
            if kind == "rich_text":
                check_rich(self, block, here)
            if kind == "table":
                check_table(self, block, here)
            if kind == "section" and not block.keys() & {"text", "fields"}:
                self.add("missing required field: text", here)


def listed(value: Any, name: str) -> list[Any]:
    """The list under a name, or none where something else stands."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def characters(value: Any) -> int:
    """Characters of every text in a tree of blocks: what Slack adds up for msg_blocks_too_long."""
    if isinstance(value, list):
        return sum(characters(v) for v in value)
    if isinstance(value, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in value.items())
    return 0


def check_message_blocks(blocks: Any, beside: int = 0) -> None:
    """`beside`: characters the message holds already. Errors: Refusal invalid_blocks(_format), msg_blocks_too_long."""
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    faults = Faults()
    faults.blocks(blocks, MESSAGE_BLOCKS, "/blocks")
    if faults:
        raise Refusal("invalid_blocks", *faults)
    if sum(b["type"] == "table" for b in blocks) > 1:
        raise Refusal("invalid_attachments", "only_one_table_allowed")
    if beside + characters(blocks) > MESSAGE_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
