try:
    from services.cli import main

    code = main()
except KeyboardInterrupt:  # while the command line itself was being imported
    code = 130
raise SystemExit(code)
