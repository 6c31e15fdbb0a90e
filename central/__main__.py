from central.cli import main

if __name__ == "__main__":  # workers import it again
    main(prog_name="central")
