"""Runs many vigie commands one after the other in one process, as told by a JSON list of (environment, arguments).

Each answer is a line of JSON: the arguments, the exit code, and all that was written.
"""

import contextlib
import io
import json
import logging
import os
import sys
import traceback

from services.cli import main


def run(arguments: list[str]) -> tuple[int | str | None, str]:
    said = io.StringIO()
    code: int | str | None
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        logging.basicConfig(level="DEBUG", stream=said, force=True)
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = ended.code
        except Exception:
            code = None
            traceback.print_exc()
        logging.shutdown()
    return code, said.getvalue()


if __name__ == "__main__":
    environment = dict(os.environ)
    for changes, arguments in json.loads(sys.argv[1]):
        os.environ.clear()
        os.environ.update({**environment, **changes})
        code, said = run(arguments)
        sys.stdout.write(json.dumps([changes, arguments, code, said]) + "\n")
