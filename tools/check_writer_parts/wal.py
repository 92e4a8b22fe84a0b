"""SQLite's write-ahead log, read as the file that it is: what each commit changed, page by page.

The format is https://sqlite.org/fileformat2.html#the_write_ahead_log: a header of 32 bytes, then frames, each a header of 24 bytes
and a page. A frame counts when its salts are the header's and the running checksum fits; the last frame of a commit holds the
database's size in pages.
"""

import collections
import struct

HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
_LITTLE_ENDIAN_SUMS = 0x377F0682
_BIG_ENDIAN_SUMS = 0x377F0683
_MASK = 0xFFFFFFFF

# `pages` is [(number from 1, bytes)] in the order of writing; `size` is the database's in pages afterwards.
PageCommit = collections.namedtuple("PageCommit", "page_size size pages")


class WalReader:
    """Gives each commit once, in order. The caller keeps the log from being reset meanwhile, by a read transaction."""

    def __init__(self, path):
        self._path = path
        self._header = None
        self._page_size = 0
        self._next_frame = 0
        self._sums = (0, 0)

    def new_commits(self):
        """The commits since the last call."""
        try:
            with open(self._path, "rb") as file:
                return self._read(file)
        except FileNotFoundError:
            return []

    @property
    def bytes_read(self):
        """How much of the log, as it is now, was given."""
        return self._next_frame * (FRAME_HEADER_BYTES + self._page_size)

    def _read(self, file):
        header = file.read(HEADER_BYTES)
        if header != self._header and not self._begin(header):
            return []
        commits, pages = [], []
        frame, sums = self._next_frame, self._sums
        frame_bytes = FRAME_HEADER_BYTES + self._page_size
        file.seek(HEADER_BYTES + frame * frame_bytes)
        while len(data := file.read(frame_bytes)) == frame_bytes:
            number, size = struct.unpack_from(">II", data)
            if data[8:16] != self._header[16:24]:
                break
            sums = self._sum(data[24:], self._sum(data[:8], sums))
            if sums != struct.unpack_from(">II", data, 16):
                break
            frame += 1
            pages.append((number, data[FRAME_HEADER_BYTES:]))
            if size:
                commits.append(PageCommit(self._page_size, size, pages))
                pages = []
                self._next_frame, self._sums = frame, sums
        return commits

    def _begin(self, header):
        """A log that is new, or was begun anew."""
        if len(header) < HEADER_BYTES:
            return False
        magic, _, page_size = struct.unpack_from(">III", header)
        if magic not in (_LITTLE_ENDIAN_SUMS, _BIG_ENDIAN_SUMS):
            return False
        self._order = "<" if magic == _LITTLE_ENDIAN_SUMS else ">"
        sums = self._sum(header[:24], (0, 0))
        if sums != struct.unpack_from(">II", header, 24):
            return False
        self._header, self._page_size, self._next_frame, self._sums = header, page_size, 0, sums
        return True

    def _sum(self, data, sums):
        first, second = sums
        words = struct.unpack(f"{self._order}{len(data) // 4}I", data)
        for i in range(0, len(words), 2):
            first = (first + words[i] + second) & _MASK
            second = (second + words[i + 1] + first) & _MASK
        return first, second
