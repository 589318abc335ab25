using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Many streamers at once: as a file that is brought in, or taken away.</summary>
public static class StreamerFiles
{
    private const string Csv = "text/csv";
    private const int PageRows = 500;
    private const int MostExported = 100_000;

    private const string About =
        """
        A JSON array, or CSV whose first line names columns: `name` (which tells who is meant), `url`, `chat_url`, `active`, `settings.NAME`. What a row does not
        have stays as it is; an empty field of CSV takes a setting away. Every row is taken, or none; with `dry_run` none, and the answer says what would be. An RTMP
        address as it is shown, with `****`, keeps its key. At most 10,000 rows and 8 MiB.
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Adds the routes to <c>/streamers</c>.</summary>
    internal static void Map(IEndpointRouteBuilder group)
    {
        group.MapPost("import", ImportAsync).Doc("importStreamers", "Adds and changes many streamers", About)
            .Asks(QueryParameter.Flag("dry_run", "Changes nothing, and says what would be."))
            .Takes<StreamerInput[]>([StreamerInput.Example]).Takes("name,url,chat_url,active,settings.clip_duration\r\nAda,https://www.twitch.tv/ada,,true,45\r\n", Csv)
            .Answers(200, ImportReport.Example, "It is done, or would be.").Refuses(409, "Somebody else added one of the names meanwhile.")
            .Refuses(422, "Rows have faults, and nothing is changed: `report` says which, as the answer to a dry run does.")
            .WithMetadata(new RequestSizeLimitAttribute(StreamerImport.MostBytes));
        group.MapGet("export", ExportAsync).Doc("exportStreamers", "Gets all streamers as a file that can be imported again", "Keys of RTMP addresses are not in it.")
            .Asks(
                QueryParameter.Word("format", "What the file is; csv where nothing is said.", ["csv", "json"]), QueryParameter.Flag("active", "Only those that shall be watched, or only the others."),
                QueryParameter.Flag("live", "Only those of which their platform says that they are live, or only those that are not."),
                QueryParameter.Text("q", "Only those whose name or address holds this text, in any case.", "ada", 100))
            .Answers(200, "name,url,chat_url,active\r\nAda,https://www.twitch.tv/ada,,true\r\n", "The file.", Csv)
            .Answers<StreamerInput[]>(200, [StreamerInput.Example], "The file.").Refuses(422, "There are more than fit into a file, or a search takes too long.");
    }

    private static async Task<IResult> ImportAsync(HttpContext context, StreamerImportStore imports, CancellationToken cancellation)
    {
        var query = QueryReader.Of(context.Request);
        var dryRun = query.Flag("dry_run") == true;
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        var faults = new Faults();
        IReadOnlyList<ImportRow> rows;
        try
        {
            if (context.Request.HasJsonContentType()) rows = await ReadJsonAsync(context.Request.Body, faults, cancellation);
            else if (context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() == Csv) rows = await StreamerCsv.ReadAsync(context.Request.Body, faults, cancellation);
            else return Problems.Of(415, $"the content type is '{context.Request.ContentType}': send application/json or text/csv");
        }
        catch (BadHttpRequestException e)
        {
            return Problems.Of(e.StatusCode, e.StatusCode == 413 ? $"the file is too long: at most {StreamerImport.MostBytes >> 20} MiB" : e.Message);
        }

        if (!faults.None) return Problems.Invalid(faults);
        if (await imports.ImportAsync(rows, dryRun, context.User.Identity!.Name!, cancellation) is not { } report)
            return Problems.Of(409, "somebody else added a streamer of one of these names meanwhile", "import it again: nothing was changed");
        return report.Refused == 0 || dryRun ? Results.Ok(report) : Results.Problem(
            statusCode: 422, title: $"{report.Refused} of {report.Rows.Count} rows have faults, and nothing was changed", detail: "report.rows says what is wrong with which; dry_run=true tries a file",
            type: Problems.TypeOf(422), extensions: new Dictionary<string, object?> { ["report"] = report });
    }

    private static async Task<IReadOnlyList<ImportRow>> ReadJsonAsync(Stream body, Faults faults, CancellationToken cancellation)
    {
        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(body, cancellationToken: cancellation);
            if (!RequestBody.IsText(root)) faults.Add("body", "it holds text that is not valid UTF-8: send it as UTF-8, without halves of surrogate pairs");
            else if (root.ValueKind != JsonValueKind.Array) faults.Add("body", "it is no list: send a JSON array of streamers");
            else if (root.GetArrayLength() > StreamerImport.MostRows) faults.Add("body", StreamerImport.TooMany);
            return faults.None ? [.. root.EnumerateArray().Select(Row)] : [];
        }
        catch (JsonException e)
        {
            faults.Add("body", $"it is not JSON: fault in line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}");
            return [];
        }
    }

    private static ImportRow Row(JsonElement element, int index)
    {
        if (element.ValueKind != JsonValueKind.Object) return ImportRow.Faulty(index + 1, "row", "it is no object: give what POST /streamers takes");
        // Given twice, the last one counts, as with one streamer.
        var said = new JsonObject();
        foreach (var property in element.EnumerateObject()) said[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        return new(index + 1, said, new());
    }

    private static async Task<IResult> ExportAsync(HttpRequest request, StreamerStore streamers, CancellationToken cancellation)
    {
        var query = QueryReader.Of(request);
        var (format, filter) = (query.Word("format") ?? "csv", new StreamerFilter(query.Flag("active"), query.Flag("live"), query.Text("q")));
        if (!query.Faults.None) return Problems.Invalid(query.Faults);
        var all = new List<Streamer>();
        for (var order = new ListOrder("true", "lower(s.name) asc", null, null); ; order = order with { After = "lower(s.name) > lower(@SortValue)", SortValue = all[^1].Name })
        {
            if (await streamers.ListAsync(filter, order, PageRows, cancellation) is not { } some) return StreamerEndpoints.TooSlow();
            all.AddRange(some);
            if (some.Count < PageRows) break;
            if (all.Count > MostExported) return Problems.Of(422, $"there are more than {MostExported} streamers", "export them in parts, with active or q");
        }

        if (format == "json") return Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(all.Select(StreamerInput.Of), Json), RouteDescription.Json, "streamers.json");
        using var file = new MemoryStream();
        await using (var text = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true)) await StreamerCsv.WriteAsync(text, all);
        return Results.Bytes(file.ToArray(), "text/csv; charset=utf-8", "streamers.csv");
    }
}
