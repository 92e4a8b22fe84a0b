"""A completion for bash. It needs nothing but bash, though bash-completion is what loads it when it is first wanted."""

_FUNCTION = r"""# Completion of @PROGRAM@ for bash.

@TRACKERS@@FUNCTION@() {
  local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]} verb='' words='' i
  # --flag=value comes as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $flag == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$verb ${COMP_WORDS[i]}" in
@VERBS@
    esac
  done
  COMPREPLY=()
  case "$verb $flag" in
@VALUES@
  esac
  case $word in
    -*)
      case $verb in
@FLAGS@
      esac
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
      ;;
    *)
      case $verb in
@ARGUMENTS@
      esac
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
      ;;
  esac
}

complete -F @FUNCTION@ @PROGRAM@
"""

_TRACKERS = r"""# The names of trackers in the configuration that the line or the environment names.
@FUNCTION@_trackers() {
  local config=${KEITARO_OUTBOX_CONFIG:-} i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == --config ]] || continue
    config=${COMP_WORDS[i + 1]}
    [[ $config == = ]] && config=${COMP_WORDS[i + 2]}
  done
  {
    echo default
    [[ -r ${config/#\~/${HOME:-}} ]] && sed -n 's/^ *name *= *"\([A-Za-z0-9_.-]*\)".*/\1/p' "${config/#\~/${HOME:-}}" 2>/dev/null
  } | sort -u
}

"""

_FILES = "compopt -o filenames 2>/dev/null\n      mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"


def _is_tracker(flag):
    return flag.name == "TRACKER" or flag.name == "--tracker"


def _value(function, flag):
    """What completes a flag's value: a command, or None where anything may stand."""
    if flag.value == "FILE":
        return _FILES
    if _is_tracker(flag):
        return f'mapfile -t COMPREPLY < <(compgen -W "$({function}_trackers)" -- "$word")'
    if flag.choices:
        return f"mapfile -t COMPREPLY < <(compgen -W '{' '.join(flag.choices)}' -- \"$word\")"
    return None


def write(program, verbs):
    function = "_" + program.replace("-", "_")
    starts, values, flags, arguments, has_trackers = [], {}, [], [], False
    for verb in verbs:
        parent, _, last = verb.name.rpartition(" ")
        if verb.name:
            starts.append(f"      '{parent} {last}') verb='{verb.name}' ;;")
        taking = [flag for flag in verb.flags if flag.value]
        for flag in taking:
            has_trackers = has_trackers or _is_tracker(flag)
            values.setdefault(_value(function, flag) or ":", []).append(f"'{verb.name} {flag.name}'")
        words = " ".join(flag.name for flag in verb.flags)
        flags.append(f"        '{verb.name}') words='{words}' ;;")
        if verb.verbs:
            arguments.append(f"        '{verb.name}') words='{' '.join(verb.verbs)}' ;;")
        for argument in verb.arguments[:1]:
            completed = _value(function, argument)
            if completed:
                arguments.append(f"        '{verb.name}')\n          {completed}\n          return\n          ;;")
    # A flag's value is no verb, be it named like one.
    jumps = " | ".join(sorted({f"*' {flag.name}'" for verb in verbs for flag in verb.flags if flag.value}))
    skip = f"      {jumps})\n        [[ ${{COMP_WORDS[i + 1]}} == = ]] && ((i++))\n        ((i++))\n        ;;"
    values = [f"    {' | '.join(places)})\n      {completed}\n      return\n      ;;" for completed, places in values.items()]
    arguments = arguments or ["        *) ;;"]
    text = _FUNCTION.replace("@TRACKERS@", _TRACKERS if has_trackers else "")
    for mark, lines in (("VERBS", [skip, *starts]), ("VALUES", values), ("FLAGS", flags), ("ARGUMENTS", arguments)):
        text = text.replace(f"@{mark}@", "\n".join(lines))
    return text.replace("@FUNCTION@", function).replace("@PROGRAM@", program)
