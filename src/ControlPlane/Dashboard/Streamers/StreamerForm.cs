using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Dashboard.Streamers;

/// <summary>The form of a streamer: what stands in its fields, and what is wrong with them.</summary>
public sealed record StreamerForm
{
    /// <summary>The field that says which version stands in the others.</summary>
    public const string Version = "version";

    private static readonly string[] Texts = ["name", "url", "chat_url"];

    /// <summary>The streamer; null: it is being added.</summary>
    public Guid? Id { get; init; }

    /// <summary>What the streamer is called now, whatever stands in the field.</summary>
    public string Heading { get; init; } = "";

    /// <summary>What is shown of an address that is kept with its key; null: none is.</summary>
    public string? SealedUrl { get; init; }

    /// <summary>The settings that empty fields mean.</summary>
    public required ClipSettings Defaults { get; init; }

    /// <summary>What stands in the fields.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Faults { get; init; } = new Dictionary<string, string[]>();

    /// <summary>What stands in a field.</summary>
    public string this[string field] => Values.GetValueOrDefault(field, "");

    /// <summary>Whether somebody else saved it since it was opened.</summary>
    public bool Overtaken { get; init; }

    /// <summary>What is said above the form; null where nothing is wrong.</summary>
    public string? Banner => Overtaken
        ? "Not saved: somebody else changed this streamer meanwhile. Where theirs differs from yours it stands under the field. Save again to replace theirs, or cancel to keep it."
        : Faults.Count == 0 ? null : $"Not saved: {Words.Many(Faults.Count, "field")} {(Faults.Count == 1 ? "wants" : "want")} another look.";

    /// <summary>The form of a new streamer.</summary>
    public static StreamerForm Empty(ClipSettings defaults) => new() { Defaults = defaults, Values = new Dictionary<string, string> { ["active"] = "true" } };

    /// <summary>The form of a streamer as it is.</summary>
    public static StreamerForm Of(Streamer streamer, ClipSettings defaults)
    {
        var values = new Dictionary<string, string>
        {
            ["name"] = streamer.Name,
            ["url"] = streamer.Url,
            ["chat_url"] = streamer.ChatUrl ?? "",
            ["active"] = streamer.Active ? "true" : "",
            [Version] = $"{streamer.Version}",
        };
        foreach (var (name, value) in JsonNode.Parse(streamer.Settings)!.AsObject()) values[$"settings.{name}"] = value?.ToString() ?? "";
        return new StreamerForm { Id = streamer.Id, Heading = streamer.Name, SealedUrl = streamer.SealedUrl is null ? null : streamer.Url, Defaults = defaults, Values = values };
    }

    /// <summary>This form with what somebody sent.</summary>
    public StreamerForm With(IFormCollection sent)
    {
        var names = Texts.Append("active").Append(Version).Concat(ClipSettings.Names.Select(n => $"settings.{n}"));
        return this with { Values = names.ToDictionary(n => n, n => sent[n].ToString()) };
    }

    /// <summary>Whether this is what was opened of a version; a form that names none, a program's, is of any.</summary>
    public bool IsOf(long version) => this[Version] is "" || this[Version] == $"{version}";

    /// <summary>This form after somebody else saved it: with what is theirs beside each field, and as of their version, so that saving it again is meant.</summary>
    /// <param name="now">The streamer as it is.</param>
    public StreamerForm After(Streamer now)
    {
        var (theirs, faults) = (Of(now, Defaults), new Faults());
        foreach (var name in Texts.Concat(ClipSettings.Names.Select(n => $"settings.{n}")).Where(n => theirs[n] != this[n].Trim()))
            faults.Add(name, theirs[name] is { Length: > 0 } text ? $"{name[(name.LastIndexOf('.') + 1)..]} is '{text}' now" : $"{name[(name.LastIndexOf('.') + 1)..]} is empty now");
        if (theirs["active"] != this["active"]) faults.Add("name", now.Active ? "name is that of a streamer that is watched now" : "name is that of a streamer that is not watched now");
        return With(faults) with { Overtaken = true, Heading = now.Name, Values = new Dictionary<string, string>(With(faults).Values) { [Version] = theirs[Version] } };
    }

    /// <summary>
    /// This form with faults, which are said as one reads them beside the field: without its technical name. No page holds a stream's key: it is
    /// to be typed again.
    /// </summary>
    public StreamerForm With(params Faults[] faults)
    {
        var url = this["url"].Trim();
        var again = url == SealedUrl ? url : WebAddress.ToWriteAgain(url);
        if (again == url) return this with { Faults = FormFaults.Of(faults) };
        var hidden = new Faults();
        hidden.Add("url", "url may hold a secret, which is not shown again: type it once more");
        return this with { Values = new Dictionary<string, string>(Values) { ["url"] = again }, Faults = FormFaults.Of([.. faults, hidden]) };
    }

    /// <summary>The fields as the API would have got them, so that its rules check them; and what is not even a number.</summary>
    public (RequestBody Body, Faults Faults) ToBody()
    {
        var body = new JsonObject { ["active"] = this["active"] == "true" };
        foreach (var name in Texts) body[name] = this[name];
        var settings = new JsonObject();
        var faults = new Faults();
        foreach (var definition in SettingDefinition.All)
        {
            var text = this[$"settings.{definition.Name}"].Trim();
            if (text.Length == 0) continue;
            var (read, fault) = definition.Read(ClipSettings.Default, text);
            if (fault is null) settings[definition.Name] = Node(definition.Get(read));
            else faults.Add($"settings.{definition.Name}", fault.Message);
        }

        body["settings"] = settings;
        return (new RequestBody(JsonSerializer.SerializeToElement(body)), faults);
    }

    private static JsonValue? Node(IConvertible value) => value switch
    {
        double number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => JsonValue.Create(value.ToString(CultureInfo.InvariantCulture)),
    };
}
