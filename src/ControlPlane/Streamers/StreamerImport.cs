using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>A row of a file that is imported.</summary>
/// <param name="Line">Where it stands: the line of a CSV file, or the number of an element from 1.</param>
/// <param name="Said">What it says of a streamer, as the API takes it.</param>
/// <param name="Faults">What is wrong with it already.</param>
public sealed record ImportRow(int Line, JsonObject Said, Faults Faults)
{
    /// <summary>Whether settings that it does not name stay, as the columns of a table do.</summary>
    public bool MergesSettings { get; init; }

    /// <summary>The name of the streamer; null where it has none that is a text.</summary>
    public string? Name => Said["name"] is JsonValue value && value.TryGetValue<string>(out var name) && name.Trim().Length > 0 ? name.Trim() : null;

    /// <summary>A row that cannot be read.</summary>
    public static ImportRow Faulty(int line, string field, string message)
    {
        var faults = new Faults();
        faults.Add(field, message);
        return new(line, [], faults);
    }
}

/// <summary>What becomes of a row.</summary>
/// <param name="Line">Where it stands: the line of a CSV file, or the number of an element from 1.</param>
/// <param name="Name">The streamer's name.</param>
/// <param name="Outcome">added, changed, unchanged or refused.</param>
/// <param name="Id">The streamer; null where it is refused, or only tried.</param>
/// <param name="Errors">What is wrong, by field; null where nothing is.</param>
public sealed record ImportedRow(int Line, string? Name, string Outcome, Guid? Id, IReadOnlyDictionary<string, string[]>? Errors);

/// <summary>What becomes of a file: all of it, or nothing where a row is refused.</summary>
public sealed record ImportReport
{
    /// <summary>Whether it was only tried.</summary>
    public required bool DryRun { get; init; }

    /// <summary>Whether what the rows say is so now.</summary>
    public required bool Applied { get; init; }

    /// <summary>Rows that add a streamer.</summary>
    public required int Added { get; init; }

    /// <summary>Rows that change one.</summary>
    public required int Changed { get; init; }

    /// <summary>Rows that say what is so already.</summary>
    public required int Unchanged { get; init; }

    /// <summary>Rows with faults.</summary>
    public required int Refused { get; init; }

    /// <summary>Each row, in the order of the file.</summary>
    public required IReadOnlyList<ImportedRow> Rows { get; init; }

    /// <summary>An example.</summary>
    public static ImportReport Example { get; } = new()
    {
        DryRun = false, Applied = true, Added = 1, Changed = 0, Unchanged = 1, Refused = 0,
        Rows = [new(2, "Ada", "unchanged", StreamerView.Example.Id, null), new(3, "Bert", "added", Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a70"), null)],
    };
}

/// <summary>One row's change.</summary>
/// <param name="Row">The row.</param>
/// <param name="Before">The streamer as it is; null: it is added.</param>
/// <param name="Draft">As it shall be; null where the row has faults.</param>
/// <param name="Faults">What is wrong with the row.</param>
/// <param name="IsChange">Whether anything differs.</param>
public sealed record ImportStep(ImportRow Row, Streamer? Before, StreamerDraft? Draft, Faults Faults, bool IsChange)
{
    /// <summary>What becomes of the row.</summary>
    public string Outcome => Draft is null ? "refused" : Before is null ? "added" : IsChange ? "changed" : "unchanged";
}

/// <summary>Decides what the rows of a file change. Streamers are known by their names. What a row does not name stays as it is. Pure.</summary>
public static class StreamerImport
{
    /// <summary>Most rows.</summary>
    public const int MostRows = 10_000;

    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 8 << 20;

    /// <summary>What is said of more rows.</summary>
    public static string TooMany { get; } = $"there are more than {MostRows} rows: import them in parts";

    /// <summary>Plans.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="present">The streamers of these names.</param>
    /// <param name="defaults">The settings that are not overridden.</param>
    /// <param name="open">Opens a sealed address.</param>
    public static IReadOnlyList<ImportStep> Plan(IReadOnlyList<ImportRow> rows, IEnumerable<Streamer> present, ClipSettings defaults, Func<string, string?> open)
    {
        var byName = present.ToDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        return [.. rows.Select(row => Step(row, row.Name is { } name ? byName.GetValueOrDefault(name) : null, seen, defaults, open))];
    }

    private static ImportStep Step(ImportRow row, Streamer? before, Dictionary<string, int> seen, ClipSettings defaults, Func<string, string?> open)
    {
        var faults = new Faults();
        if (row.Name is { } name && !seen.TryAdd(name, row.Line)) faults.Add("name", $"'{name}' is in line {seen[name]} already: a file says one thing of a streamer");
        var body = new RequestBody(JsonSerializer.SerializeToElement(Merged(row, before)));
        // One whose line cannot be read would only be told that all is missing.
        var draft = row.Faults.None || row.Said.Count > 0 ? StreamerBody.Read(body, defaults, activeOtherwise: before?.Active ?? true, before) : null;
        var all = Faults.Of(row.Faults, faults, body.Faults);
        return new(row, before, all.None ? draft : null, all, draft is not null && (before is null || Differs(draft, before, open)));
    }

    private static JsonObject Merged(ImportRow row, Streamer? before)
    {
        var said = (JsonObject)row.Said.DeepClone();
        var own = before is null ? [] : JsonNode.Parse(before.Settings)!.AsObject();
        if (before is not null)
        {
            said.TryAdd("url", before.Url);
            said.TryAdd("chat_url", before.ChatUrl);
            if (!said.ContainsKey("settings")) said["settings"] = own.DeepClone();
        }

        if (!row.MergesSettings || said["settings"] is not JsonObject settings) return said;
        var merged = (JsonObject)own.DeepClone();
        foreach (var (name, value) in settings)
        {
            if (value is null) merged.Remove(name);
            else merged[name] = value.DeepClone();
        }

        said["settings"] = merged;
        return said;
    }

    private static bool Differs(StreamerDraft draft, Streamer before, Func<string, string?> open) =>
        draft.Name != before.Name || draft.Url.Shown != before.Url || (draft.ChatUrl ?? "") != (before.ChatUrl ?? "") || draft.Active != before.Active
        || (draft.Url.Secret is { } secret && (before.SealedUrl is null || open(before.SealedUrl) != secret))
        || !JsonNode.DeepEquals(JsonNode.Parse(draft.Settings), JsonNode.Parse(before.Settings));
}
