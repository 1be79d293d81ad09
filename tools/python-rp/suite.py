"""The cases, against a running system, by HTTP, with a relying party that knows nothing of ours. RUN_FILE names the
system's run.json. Exits 1 where something is not as it must be."""

import sys
import traceback
import warnings

from cases import CASES

# RFC 9864 has another name for the same algorithm; EdDSA is what the seed's clients know
warnings.filterwarnings("ignore", message="EdDSA is deprecated")


def main():
    failed = 0
    for case in CASES:
        try:
            case()
            print(f"ok      {case.__doc__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {case.__doc__}\n{traceback.format_exc()}", flush=True)
    print(f"{len(CASES) - failed} of {len(CASES)} passed")
    sys.exit(1 if failed else 0)


main()
