"""The command line. Only what `--help` needs is imported at the top; the rest when it is used.

Exit codes: 0 done; 2 the command, a setting or a name is wrong; 3 an input could not be read;
4 a model or engine failed; 5 the output could not be written; 6 the address is taken; 130
interrupted. Messages go to standard error, results to standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from models.errors import KabarError

if TYPE_CHECKING:
    from service.settings import Settings
    from service.summaries.make import Language

app = typer.Typer(
    name="kabar",
    help="Indonesian news into English that a desk can print, and into bullets.",
    epilog="Example: kabar translate article.txt",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(
    help="List, build and verify the models.",
    epilog="Example: kabar models list",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(models_app, name="models")
keys_app = typer.Typer(
    help="Make, list and revoke the keys of the service.",
    epilog="Example: kabar keys create newsletter",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(keys_app, name="keys")
glossary_app = typer.Typer(
    help="List, add, remove and check the newsroom's terms.",
    epilog="Example: kabar glossary check terms.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(glossary_app, name="glossary")
memory_app = typer.Typer(
    help="List, add, withdraw, export and import what editors corrected.",
    epilog="Example: kabar memory export corrections.tmx",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(memory_app, name="memory")

ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="A model's name, a folder with a checkpoint, or an adapter."),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="ctranslate2 (default; see `kabar models measure`), inflight or transformers.",
    ),
]
DeviceOption = Annotated[
    str | None, typer.Option("--device", help="auto (default), cpu, cuda or mps.")
]
DtypeOption = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        help="auto (default), float32, bfloat16; float16 (transformers), int8 (inflight).",
    ),
]
BeamOption = Annotated[
    int | None, typer.Option("--beam", help="Beams of the search; 1 is greedy. Default 4.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", help="CPU threads; 0 (default) is one a core.")
]
DeterministicOption = Annotated[
    bool,
    typer.Option(
        "--deterministic",
        help="Translate every sentence on its own: slower, and the same whatever else there is.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 7 where anything in the result has a flag."),
]
StrictLanguageOption = Annotated[
    bool,
    typer.Option(
        "--strict-language",
        help="Refuse what is in neither Indonesian nor English, instead of warning of it.",
    ),
]
GlossaryOption = Annotated[
    str | None,
    typer.Option(
        "--glossary",
        help="Glossaries that apply, instead of the usual ones: names or files, parted by commas; "
        "none: none.",
    ),
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", help="Who says so; by default the user's name.")
]
SummarizerOption = Annotated[
    str | None,
    typer.Option(
        "--summarizer",
        help="extractive (default: sentences are chosen), or a model for summaries: its name, or a "
        "folder with a checkpoint.",
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Translate every sentence anew, and keep none.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Write to this file; with several inputs, into this folder."
    ),
]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATHS",
        help="Files, folders (their .txt, .html and .htm files), or - for standard input. "
        "Files called .html or .htm are read as HTML.",
    ),
]
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Where models and the cache are kept.")
]


def main() -> None:
    """The command `kabar`."""
    try:
        app(prog_name="kabar")
    except KabarError as error:
        _say(f"kabar: {error.title}: {error.detail}")
        raise SystemExit(error.exit_code) from None


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"kabar {version('kabar')}")
        raise typer.Exit


@app.callback()
def kabar(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: kabar translate article.txt --format json -o article.json")
def translate(
    paths: PathsArgument,
    form: Annotated[
        str, typer.Option("--format", help="text (default), html, markdown or json.")
    ] = "text",
    lines: Annotated[
        bool, typer.Option("--lines", help="Translate line by line: one line in, one line out.")
    ] = False,
    output: OutputOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    deterministic: DeterministicOption = False,
    strict: StrictOption = False,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Translate Indonesian articles into English."""
    from service.cli import articles as commands

    settings = _settings(
        model=model, engine=engine, device=device, dtype=dtype, beam=beam, threads=threads,
        deterministic=deterministic or None, strict_language=strict_language or None,
        cache=False if no_cache else None, glossary=glossary, data_dir=data_dir,
    )  # fmt: skip
    raise typer.Exit(
        commands.translate_lines(paths, output, strict, settings)
        if lines
        else commands.translate(paths, form, output, strict, settings)
    )


@app.command(epilog="Example: kabar summarize article.txt --bullets 3")
def summarize(
    paths: PathsArgument,
    bullets: Annotated[
        int, typer.Option("--bullets", min=1, max=7, help="The most bullets wanted.")
    ] = 3,
    words: Annotated[
        int | None, typer.Option("--words", min=1, help="The most words of all bullets.")
    ] = None,
    characters: Annotated[
        int | None,
        typer.Option("--characters", min=1, help="The most characters of all bullets as text."),
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en (default), id or both.")] = "en",
    together: Annotated[
        bool,
        typer.Option("--together", help="The articles are about one event: one set of bullets."),
    ] = False,
    form: Annotated[
        str, typer.Option("--format", help="text (default), html, markdown or json.")
    ] = "text",
    summarizer: SummarizerOption = None,
    output: OutputOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    deterministic: DeterministicOption = False,
    strict: StrictOption = False,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Summarize Indonesian articles in bullets, each with its source sentence."""
    from service.cli import articles as commands
    from service.summaries.make import Wishes

    settings = _settings(
        model=model, engine=engine, device=device, dtype=dtype, beam=beam, threads=threads,
        deterministic=deterministic or None, strict_language=strict_language or None,
        cache=False if no_cache else None, glossary=glossary, summarizer=summarizer,
        data_dir=data_dir,
    )  # fmt: skip
    wishes = Wishes(bullets, cast("Language", language), words, characters)
    raise typer.Exit(
        commands.summarize(paths, wishes, form, output, strict, settings, together=together)
    )


@app.command(epilog="Example: kabar serve --port 8080")
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on. Default 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on. Default 8000.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes; each loads the model. Default 1.")
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask nobody for an API key, on any address.")
    ] = False,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    deterministic: DeterministicOption = False,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    summarizer: SummarizerOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Serve translations and summaries over HTTP."""
    from service.http.server import run_server

    run_server(
        _settings(
            host=host,
            port=port,
            workers=workers,
            model=model,
            engine=engine,
            device=device,
            dtype=dtype,
            beam=beam,
            threads=threads,
            deterministic=deterministic or None,
            strict_language=strict_language or None,
            auth=False if no_auth else None,
            cache=False if no_cache else None,
            glossary=glossary,
            summarizer=summarizer,
            data_dir=data_dir,
        )
    )


@models_app.command("list", epilog="Example: kabar models list")
def models_list(data_dir: DataDirOption = None) -> None:
    """List the models Kabar knows, and which are on this machine."""
    from service.cli import models as model_commands

    model_commands.list_models(_settings(data_dir=data_dir))


@models_app.command("build", epilog="Example: kabar models build kabar-id-en")
def models_build(
    name: Annotated[str | None, typer.Argument(help="A model's name or folder.")] = None,
    engine: EngineOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build even if it is there.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Build, fetch or convert a model now instead of at its first use."""
    from service.cli import models as model_commands

    model_commands.build_model(_settings(model=name, engine=engine, data_dir=data_dir), force)


@models_app.command("measure", epilog="Example: kabar models measure --beam 4")
def models_measure(beam: BeamOption = None, data_dir: DataDirOption = None) -> None:
    """Find the engine that is the fastest on this machine, and use it from now on."""
    from service.cli import models as model_commands

    model_commands.measure_engines(_settings(beam=beam, data_dir=data_dir))


@models_app.command("verify", epilog="Example: kabar models verify kabar-id-en")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="A model's name or folder.")] = None,
    engine: EngineOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Check the sha256 of every file of a model."""
    from service.cli import models as model_commands

    model_commands.verify_model(_settings(model=name, engine=engine, data_dir=data_dir))


@keys_app.command(
    "create", epilog="Example: kabar keys create newsletter --characters-per-day 500000"
)
def keys_create(
    name: Annotated[str, typer.Argument(help="Letters, digits and .-_, 64 at the most.")],
    lane: Annotated[
        str,
        typer.Option(
            "--lane",
            help="The most urgent it may use, and uses: breaking, normal (default) or archive.",
        ),
    ] = "normal",
    characters_per_day: Annotated[
        int | None,
        typer.Option("--characters-per-day", help="Limit by day (UTC). Default none."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option("--requests-per-minute", help="Limit. Default none.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Make a key and print it, this once; from the first key on requests need one."""
    from service.cli import keys as key_commands

    key_commands.create_key(
        _settings(data_dir=data_dir), name, lane, characters_per_day, requests_per_minute
    )


@keys_app.command("list", epilog="Example: kabar keys list")
def keys_list(data_dir: DataDirOption = None) -> None:
    """List the keys with their limits and what they used today."""
    from service.cli import keys as key_commands

    key_commands.list_keys(_settings(data_dir=data_dir))


@keys_app.command("revoke", epilog="Example: kabar keys revoke newsletter")
def keys_revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    data_dir: DataDirOption = None,
) -> None:
    """Revoke a key: no request is let in with it any more."""
    from service.cli import keys as key_commands

    key_commands.revoke_key(_settings(data_dir=data_dir), name)


@glossary_app.command("list", epilog="Example: kabar glossary list")
def glossary_list(data_dir: DataDirOption = None) -> None:
    """List the glossaries, with how many terms each has."""
    from service.cli import glossary as glossary_commands

    glossary_commands.list_glossaries(_settings(data_dir=data_dir))


@glossary_app.command("add", epilog="Example: kabar glossary add terms.csv --name politics")
def glossary_add(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or TSV: source,target,note,case.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="By default the file's, without its ending.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Keep a copy of a glossary; it applies from then on, over the newsroom's."""
    from service.cli import glossary as glossary_commands

    glossary_commands.add_glossary(_settings(data_dir=data_dir), path, name)


@glossary_app.command("remove", epilog="Example: kabar glossary remove politics")
def glossary_remove(
    name: Annotated[str, typer.Argument(help="The glossary's name.")],
    data_dir: DataDirOption = None,
) -> None:
    """Remove a glossary that was added."""
    from service.cli import glossary as glossary_commands

    glossary_commands.remove_glossary(_settings(data_dir=data_dir), name)


@glossary_app.command("check", epilog="Example: kabar glossary check article.txt")
def glossary_check(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A glossary (.csv or .tsv), or an article."),
    ],
    glossary: GlossaryOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Check a glossary file; of an article, show which terms stand in it."""
    from service.cli import glossary as glossary_commands

    glossary_commands.check(_settings(glossary=glossary, data_dir=data_dir), path)


@memory_app.command("list", epilog="Example: kabar memory list --count 20")
def memory_list(
    count: Annotated[int, typer.Option("--count", min=1, help="The last so many.")] = 50,
    data_dir: DataDirOption = None,
) -> None:
    """List the corrections, those that came last first."""
    from service.cli import corrections as memory_commands

    memory_commands.list_corrections(_settings(data_dir=data_dir), count)


@memory_app.command(
    "add",
    epilog='Example: kabar memory add "Air surut." "The water is receding." --author Rina',
)
def memory_add(
    source: Annotated[str, typer.Argument(help="The sentence, in Indonesian.")],
    target: Annotated[str, typer.Argument(help="What it is in English.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Correct a sentence: from now on it has this English."""
    from service.cli import corrections as memory_commands

    memory_commands.add_correction(_settings(data_dir=data_dir), source, target, author)


@memory_app.command(
    "withdraw", epilog="Example: kabar memory withdraw cor_0123456789abcdef01234567"
)
def memory_withdraw(
    id: Annotated[str, typer.Argument(help="The correction's id.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Use a correction no more; it stays in the list."""
    from service.cli import corrections as memory_commands

    memory_commands.withdraw_correction(_settings(data_dir=data_dir), id, author)


@memory_app.command("export", epilog="Example: kabar memory export corrections.tmx")
def memory_export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The TMX file to write.")],
    data_dir: DataDirOption = None,
) -> None:
    """Write all corrections to a TMX file, also those that do not stand."""
    from service.cli import corrections as memory_commands

    memory_commands.export_corrections(_settings(data_dir=data_dir), path)


@memory_app.command("import", epilog="Example: kabar memory import corrections.tmx")
def memory_import(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A TMX file.")],
    data_dir: DataDirOption = None,
) -> None:
    """Keep the Indonesian and English of a TMX file as corrections; those that are there already
    are left as they are."""
    from service.cli import corrections as memory_commands

    memory_commands.import_corrections(_settings(data_dir=data_dir), path)


@memory_app.command("terms", epilog="Example: kabar memory terms > proposed.csv")
def memory_terms(data_dir: DataDirOption = None) -> None:
    """Print the terms that the corrections suggest, as a glossary file to look through."""
    from service.cli import corrections as memory_commands

    memory_commands.print_terms(_settings(data_dir=data_dir))


@app.command(epilog="Example: kabar doctor")
def doctor(data_dir: DataDirOption = None) -> None:
    """Look at this machine and say what works and what does not."""
    from service.cli import models as model_commands

    raise typer.Exit(model_commands.doctor(_settings(data_dir=data_dir)))


def _settings(**command_line: object) -> Settings:
    from service.logs import configure_logs
    from service.settings import load_settings

    settings = load_settings(**command_line)
    # At the command line only what the user should act on is said.
    configure_logs(settings.log_format, "warning")
    return settings


def _say(message: str) -> None:
    print(message, file=sys.stderr)


if __name__ == "__main__":
    main()
