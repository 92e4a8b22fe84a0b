"""Makes the parts of tools/soak importable."""

import os
import sys

sys.path.insert(0, os.path.join(os.environ["KEITARO_OUTBOX_SOURCE_DIR"], "tools"))
