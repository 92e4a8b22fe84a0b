"""A completion for zsh's own completion system."""

_HEAD = """#compdef @PROGRAM@
# Completion of @PROGRAM@ for zsh.

"""

_TRACKERS = r"""# The names of trackers in the configuration that the line or the environment names.
@FUNCTION@_trackers() {
  local config=${opt_args[--config]:-$KEITARO_OUTBOX_CONFIG}
  local -a names=(default)
  config=${config/#\~/$HOME}
  [[ -r $config ]] && names+=(${(f)"$(sed -n 's/^ *name *= *"\([A-Za-z0-9_.-]*\)".*/\1/p' $config 2>/dev/null)"})
  compadd -- ${(u)names}
}

"""


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def _described(text):
    """Inside [brackets], and beside a colon that ends a name."""
    for special in "\\[]:":
        text = text.replace(special, "\\" + special)
    return text


def _action(function, flag):
    if flag.value == "FILE":
        return "_files"
    if flag.name in ("TRACKER", "--tracker"):
        return function + "_trackers"
    return f"({' '.join(flag.choices)})" if flag.choices else " "


def _specs(function, verb):
    specs = ["'(- *)'{-h,--help}'[print help]'"]
    for flag in verb.flags:
        if flag.name == "--help":
            continue
        start = ("*" if flag.repeated else "") + flag.name + ("=" if flag.value else "")
        value = f":{_described(flag.value)}:{_action(function, flag)}" if flag.value else ""
        specs.append(_quoted(f"{start}[{_described(flag.help)}]{value}"))
    for number, argument in enumerate(verb.arguments, 1):
        place = "*" if argument.repeated else str(number)
        specs.append(_quoted(f"{place}:{argument.name}:{_action(function, argument)}"))
    return specs


def _arguments(specs, indent):
    return " \\\n".join([f"{indent}_arguments", *(f"{indent}  {spec}" for spec in specs)])


def _body(function, verb, verbs, indent="  "):
    """Completes what stands behind `verb`, and behind the verbs below it."""
    specs = _specs(function, verb)
    if not verb.verbs:
        return _arguments(specs, indent)
    below = [v for v in verbs if v.name.rpartition(" ")[0] == verb.name and v.name]
    names = "\n".join(f"{indent}    {_quoted(v.name.rpartition(' ')[2] + ':' + _described(v.summary))}" for v in below)
    cases = "\n".join(
        f"{indent}      {v.name.rpartition(' ')[2]})\n{_body(function, v, verbs, indent + '        ')}\n{indent}        ;;"
        for v in below
    )
    first = _arguments([*specs, "'1: :->command'", "'*:: :->arguments'"], indent).replace("_arguments", "_arguments -C -A '-*'", 1)
    return f"""{first}
{indent}case $state in
{indent}  command)
{indent}    commands=(
{names}
{indent}    )
{indent}    _describe -t commands command commands
{indent}    ;;
{indent}  arguments)
{indent}    case $words[1] in
{cases}
{indent}    esac
{indent}    ;;
{indent}esac"""


def write(program, verbs):
    function = "_" + program.replace("-", "_")
    has_trackers = any(flag.name == "--tracker" for verb in verbs for flag in verb.flags)
    text = _HEAD + (_TRACKERS if has_trackers else "")
    text += "@FUNCTION@() {\n  local curcontext=$curcontext state state_descr line\n  local -a commands\n  typeset -A opt_args\n"
    text += _body(function, verbs[0], verbs) + "\n}\n\n@FUNCTION@ \"$@\"\n"
    return text.replace("@FUNCTION@", function).replace("@PROGRAM@", program)
