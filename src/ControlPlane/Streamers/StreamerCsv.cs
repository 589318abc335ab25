using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>
/// Streamers as CSV (RFC 4180): a line of names, then a streamer a line. What a spreadsheet would take for a formula, and what begins with an apostrophe,
/// gets one more apostrophe before it, which reading takes away again (OWASP, CSV Injection).
/// </summary>
public static class StreamerCsv
{
    /// <summary>Most characters of a field.</summary>
    public const int LongestField = 4000;

    private const string Setting = "settings.";
    private const string Dangerous = "=+-@'\t\r";

    private static readonly string[] Texts = ["name", "url", "chat_url", "active"];

    /// <summary>The columns that may be given.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. Texts, .. ClipSettings.Names.Select(n => Setting + n)];

    /// <summary>Reads a file; where it is no CSV of streamers, the faults say why and in which line.</summary>
    public static async Task<IReadOnlyList<ImportRow>> ReadAsync(Stream stream, Faults faults, CancellationToken cancellation)
    {
        var rows = new List<ImportRow>();
        try
        {
            using var text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            var records = new CsvRecords(await text.ReadToEndAsync(cancellation), LongestField);
            string[]? header = null;
            while (records.Next() is { } fields)
            {
                if (header is null) CheckHeader(header = [.. fields.Select(n => n.Trim())], faults);
                else if (fields.Count != header.Length) rows.Add(ImportRow.Faulty(records.Line, "row", $"the line has {fields.Count} fields, and the first one names {header.Length}"));
                else rows.Add(Row(records.Line, header, fields));
                if (!faults.None) return [];
                if (rows.Count <= StreamerImport.MostRows) continue;
                faults.Add("body", StreamerImport.TooMany);
                return [];
            }

            if (records.Fault is { } fault) faults.Add($"line {records.Line}", fault);
            else if (header is null) faults.Add("body", $"there is nothing in it: the first line names columns, of {string.Join(", ", Columns)}");
        }
        catch (DecoderFallbackException)
        {
            faults.Add("body", "it is not UTF-8: save it as 'CSV UTF-8'");
        }

        return faults.None ? rows : [];
    }

    /// <summary>Writes streamers. The columns of settings are those that any of them has.</summary>
    public static async Task WriteAsync(TextWriter text, IReadOnlyCollection<Streamer> streamers)
    {
        var rows = streamers.Select(s => (Streamer: s, Settings: JsonNode.Parse(s.Settings)!.AsObject())).ToList();
        var settings = ClipSettings.Names.Where(n => rows.Exists(r => r.Settings.ContainsKey(n))).ToList();
        await LineAsync(Texts.Concat(settings.Select(n => Setting + n)));
        foreach (var (streamer, own) in rows)
            await LineAsync([streamer.Name, streamer.Url, streamer.ChatUrl, streamer.Active ? "true" : "false", .. settings.Select(n => own[n]?.ToString())]);

        Task LineAsync(IEnumerable<string?> fields) => text.WriteAsync(string.Join(',', fields.Select(f => Quoted(Harmless(f ?? "")))) + "\r\n");
    }

    /// <summary>A field as a spreadsheet shows it and does not run it.</summary>
    public static string Harmless(string field) => field.Length > 0 && Dangerous.Contains(field[0]) ? "'" + field : field;

    /// <summary>A field as it was before it was made harmless.</summary>
    public static string Plain(string field) => field.Length > 1 && field[0] == '\'' && Dangerous.Contains(field[1]) ? field[1..] : field;

    private static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static void CheckHeader(string[] header, Faults faults)
    {
        foreach (var unknown in header.Except(Columns)) faults.Add("line 1", $"there is no column '{unknown}': the columns are {string.Join(", ", Columns)}");
        foreach (var twice in header.GroupBy(n => n).Where(g => g.Count() > 1)) faults.Add("line 1", $"the column '{twice.Key}' is there {twice.Count()} times");
        if (!header.Contains("name")) faults.Add("line 1", "the column 'name' is missing, by which streamers are known");
    }

    private static ImportRow Row(int line, string[] header, IReadOnlyList<string> fields)
    {
        var (body, settings, faults) = (new JsonObject(), new JsonObject(), new Faults());
        for (var i = 0; i < header.Length; i++)
        {
            var (name, field) = (header[i], Plain(fields[i]).Trim());
            if (name.StartsWith(Setting, StringComparison.Ordinal)) ReadSetting(name[Setting.Length..], field, settings, faults);
            else if (name != "active") body[name] = field;
            else if (field.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "1" or "0") body[name] = field.ToLowerInvariant() is "true" or "yes" or "1";
            else if (field.Length > 0) faults.Add("active", $"active is '{field}': give true or false");
        }

        if (settings.Count > 0) body["settings"] = settings;
        return new(line, body, faults) { MergesSettings = true };
    }

    /// <summary>An empty field takes the setting away.</summary>
    private static void ReadSetting(string name, string field, JsonObject settings, Faults faults)
    {
        if (field.Length == 0)
        {
            settings[name] = null;
            return;
        }

        var definition = SettingDefinition.Find(name)!;
        var (read, fault) = definition.Read(ClipSettings.Default, field);
        if (fault is not null) faults.Add(Setting + name, fault.Message);
        else settings[name] = definition.Get(read) switch { double number => JsonValue.Create(number), bool flag => JsonValue.Create(flag), var other => JsonValue.Create(other.ToString(CultureInfo.InvariantCulture)) };
    }
}
