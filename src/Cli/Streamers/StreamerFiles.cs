using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Streamers;

/// <summary>Many streamers at once, as a file.</summary>
public static class StreamerFiles
{
    private const long LongestFile = 8 << 20;

    // Thousands of rows are one transaction.
    private static readonly TimeSpan ImportDeadline = TimeSpan.FromMinutes(5);
    private static readonly Argument<string> From = new("FILE") { Description = "CSV (a first line with name, url, chat_url, active, settings.NAME) or JSON (a list of streamers); - for standard input." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Changes nothing, and says what would be." };
    private static readonly Option<string?> Format = new("--format") { Description = "csv or json; otherwise as the file's name ends, or csv.", HelpName = "FORMAT" };
    private static readonly Option<string?> To = new("--output", "-o") { Description = "The file to write; otherwise standard output.", HelpName = "FILE" };

    private static readonly Column[] Rows =
    [
        new("Line", r => r.Text("line")) { Right = true }, new("Streamer", r => r.Text("name")), new("What", r => r.Text("outcome")) { Tone = r => r.Text("outcome") == "refused" ? Tone.Bad : Tone.Good },
        new("Why", r => string.Join("; ", (r["errors"] as JsonObject ?? []).SelectMany(f => f.Value as JsonArray ?? []).Select(f => f?.ToString()))) { Long = true },
    ];

    /// <summary><c>import</c>.</summary>
    public static Command Import()
    {
        Format.AcceptOnlyFromAmong("csv", "json");
        return ApiCommand.Create("import", "Adds and changes streamers by a file: all of it, or nothing where a row has faults.", [From, DryRun, Format], ImportAsync,
            "streamers import channels.csv --dry-run", "streamers import channels.csv", "streamers export --context old | streamclips streamers import - --context new");
    }

    /// <summary><c>export</c>.</summary>
    public static Command Export() => ApiCommand.Create(
        "export", "Writes all streamers as a file that import takes. Keys of RTMP addresses are not in it.", [To, Format], ExportAsync, "streamers export -o channels.csv", "streamers export --format json");

    private static async Task ImportAsync(ApiCall call)
    {
        var (bytes, type) = (await ReadAsync(call.Value(From)!, call.Cancellation), IsJson(call, call.Value(From)!) ? "application/json" : "text/csv");
        using var api = new ApiClient(call.Api.Server, call.Context.Token, ImportDeadline);
        var (report, refused) = await Progress.OfConsole(call.Print.Json, call.Time).RunAsync("importing", async state =>
        {
            // Tried first: what is refused is then told row by row. Each of the two is one answer: of how far it is nothing is known.
            state.Report(0, 0, $"checking {Values.Size(bytes.Length)}");
            var tried = await SendAsync(call, api, bytes, type, dryRun: true);
            if (tried.Number("refused") is > 0 || call.Value(DryRun)) return (tried, tried.Number("refused") is > 0);
            state.Report(0, 0, $"adding {tried.Text("added")}, changing {tried.Text("changed")}");
            return (await SendAsync(call, api, bytes, type, dryRun: false), false);
        }, call.Cancellation);
        var rows = new JsonArray([.. (report["rows"] as JsonArray ?? []).Where(r => r!.Text("outcome") is var outcome && (refused ? outcome == "refused" : outcome != "unchanged")).Select(r => r!.DeepClone())]);
        if (call.Print.Json) call.Print.Line("", report);
        else if (rows.Count > 0 && (refused || call.Value(DryRun))) call.Print.List(rows, "", Rows);
        call.Print.Hint($"{report.Text("added")} {(report.Is("applied") ? "" : "would be ")}added, {report.Text("changed")} changed, {report.Text("unchanged")} stay as they are{(refused ? $", {report.Text("refused")} refused: nothing was changed" : "")}");
        if (refused) throw new CommandException(call.Print.Json ? "" : "mend the rows above, and import the file again.");
    }

    private static async Task<JsonNode> SendAsync(ApiCall call, ApiClient api, byte[] bytes, string type, bool dryRun)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await api.PostAsync(Query.Of("/streamers/import").With("dry_run", dryRun).ToString(), content, call.Cancellation);
    }

    private static async Task ExportAsync(ApiCall call)
    {
        var json = call.Print.Json || IsJson(call, call.Value(To) ?? "");
        using var response = await call.Api.OpenAsync(HttpMethod.Get, Query.Of("/streamers/export").With("format", json ? "json" : "csv").ToString(), null, HttpCompletionOption.ResponseContentRead, call.Cancellation);
        var bytes = await response.Content.ReadAsByteArrayAsync(call.Cancellation);
        if (call.Value(To) is not { } path)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(bytes, call.Cancellation);
            return;
        }

        try
        {
            await File.WriteAllBytesAsync(path + ".part", bytes, call.Cancellation);
            File.Move(path + ".part", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }

        call.Print.Hint($"{path}: {Values.Size(bytes.Length)}");
    }

    private static bool IsJson(ApiCall call, string path) => call.Value(Format) is { } format ? format == "json" : path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var all = new MemoryStream();
            var some = new byte[64 << 10];
            while (await input.ReadAsync(some, cancellation) is > 0 and var read)
            {
                await all.WriteAsync(some.AsMemory(0, read), cancellation);
                if (all.Length > LongestFile) throw new CommandException($"{path} is longer than {Values.Size(LongestFile)}: import it in parts.");
            }

            return all.Length > 0 ? all.ToArray() : throw new CommandException($"{path} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }
}
