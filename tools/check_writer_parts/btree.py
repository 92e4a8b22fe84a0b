"""Which table each page of a database belongs to, from its b-trees (https://sqlite.org/fileformat2.html#b_tree_pages)."""

import struct

_INTERIOR = (2, 5)  # of an index, of a table
_LEAF = (10, 13)


def is_part(number, page):
    """Whether a page is one of a b-tree, and no overflow or free page (which begin with another page's number)."""
    return page[100 if number == 1 else 0] in _INTERIOR + _LEAF


def children(number, page):
    """The pages that an interior page points to; none of a leaf, or of a page that is no b-tree's."""
    start = 100 if number == 1 else 0
    if page[start] not in _INTERIOR:
        return []
    (count,) = struct.unpack_from(">H", page, start + 3)
    cells = struct.unpack_from(f">{count}H", page, start + 12)
    try:
        below = [struct.unpack_from(">I", page, cell)[0] for cell in cells]
    except struct.error:
        return []
    return below + list(struct.unpack_from(">I", page, start + 8))


def owners(roots, read_page):
    """{page number: table} for all b-trees; `roots` is {root page: table}, and an index belongs to its table."""
    owner = {}
    for root, table in roots.items():
        level = [root]
        while level:
            owner.update(dict.fromkeys(level, table))
            # All leaves of a b-tree are equally deep.
            if not children(level[0], read_page(level[0])):
                break
            level = [below for number in level for below in children(number, read_page(number))]
    return owner


def note_changes(owner, changed):
    """Brings `owner` up to date; `changed` is {page number: bytes} of one commit that left the roots where they were."""
    for number, page in changed.items():
        if not is_part(number, page):
            owner.pop(number, None)  # Freed, and maybe another table's overflow by now.
    waiting = [number for number in changed if number in owner]
    while waiting:
        number = waiting.pop()
        for below in children(number, changed[number]):
            if owner.get(below) != owner[number]:
                owner[below] = owner[number]
                if below in changed:
                    waiting.append(below)
