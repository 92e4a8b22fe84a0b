"""What the vitals say: whether memory and descriptors are flat, and the files bounded."""

import statistics

from .findings import DESCRIPTORS, FAULT, FILES, MEMORY, Finding

MIB = 1 << 20
_PEAK_LIMIT = 192 * MIB
_GROWTH_LIMIT, _GROWTH_SLACK = 1.2, 4 * MIB
_DESCRIPTOR_SLACK = 16
_DESCRIPTOR_LIMIT = 400
_LOG_LIMIT = 128 * MIB
_BYTES_A_ROW_LIMIT = 1500
_LONG_ENOUGH_MS = 100_000  # Shorter lives say nothing of growth.
_ROWS_ENOUGH = 2000  # Below, the empty tables are most of the file.


def _tenth(samples, number):
    """The samples of the so-manieth tenth of their time, 1 to 10."""
    begun, length = samples[0][0], samples[-1][0] - samples[0][0] + 1
    return [sample for sample in samples if (number - 1) * length <= 10 * (sample[0] - begun) < number * length]


def _early_and_late(samples, measure):
    """`measure` of the 2nd and of the last tenth, or None where that is too short to say anything."""
    if len(samples) < 50 or samples[-1][0] - samples[0][0] < _LONG_ENOUGH_MS:
        return None
    early, late = _tenth(samples, 2), _tenth(samples, 10)
    return (measure(early), measure(late)) if early and late else None


def judge(record, database_bytes, rows):
    """(figures, findings). `rows` of the outbox are in a file of so many bytes."""
    lines = record.execute("SELECT at, phase, pid, rss, descriptors, cpu_ms, wal FROM vitals ORDER BY at").fetchall()
    if not lines:
        return {}, [Finding(FAULT, "nothing is known of the worker's memory: it never ran")]
    loaded = [line for line in lines if line[1] != "draining"] or lines
    last_life = [line for line in lines if line[1] != "kills" and line[2] == lines[-1][2]]
    steady = [line for line in last_life if line[1] == "steady"]
    figures, findings = {}, []
    _judge_memory(loaded, steady, figures, findings)
    _judge_descriptors(lines, last_life, figures, findings)
    _judge_files(max(line[6] for line in lines), database_bytes, rows, figures, findings)
    figures["cpu_ms"] = _cpu_ms(lines)
    return figures, findings


def _judge_memory(loaded, steady, figures, findings):
    peak = figures["rss_peak"] = max(line[3] for line in loaded)
    if peak > _PEAK_LIMIT:
        findings.append(Finding(MEMORY, f"{peak / MIB:.0f} MiB at its peak"))
    for name, lines in (("rss_of_one_life", steady), ("rss_of_all_lives", loaded)):
        change = _early_and_late([(line[0], line[3]) for line in lines], lambda part: statistics.median(rss for _, rss in part))
        figures[name] = change
        if change is not None and change[1] > change[0] * _GROWTH_LIMIT + _GROWTH_SLACK:
            findings.append(Finding(MEMORY, f"{change[0] / MIB:.1f} MiB early, {change[1] / MIB:.1f} MiB late"))


def _judge_descriptors(lines, last_life, figures, findings):
    # Their number follows the connections in use; what leaks raises the floor. With a backlog they are all in use until it is drained.
    change = _early_and_late([(line[0], line[4]) for line in last_life], lambda part: min(count for _, count in part))
    peak = max(line[4] for line in lines)
    figures["descriptors_peak"], figures["descriptors_of_one_life"] = peak, change
    if change is not None and change[1] > change[0] + _DESCRIPTOR_SLACK:
        findings.append(Finding(DESCRIPTORS, f"{change[0]} early, {change[1]} late"))
    if peak > _DESCRIPTOR_LIMIT:
        findings.append(Finding(DESCRIPTORS, f"{peak} at their peak"))


def _judge_files(log, size, rows, figures, findings):
    figures["wal_peak"] = log
    if log > _LOG_LIMIT:
        findings.append(Finding(FILES, f"the write-ahead log had {log / MIB:.0f} MiB"))
    figures["database"] = size
    figures["bytes_a_row"] = size // max(rows, 1)
    if rows >= _ROWS_ENOUGH and size > rows * _BYTES_A_ROW_LIMIT:
        findings.append(Finding(FILES, f"{size // rows} bytes for each row of the outbox"))


def _cpu_ms(lines):
    by_pid = {}
    for line in lines:
        by_pid[line[2]] = line[5]
    return sum(by_pid.values())
