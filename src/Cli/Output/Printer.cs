using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Output;

/// <summary>Prints answers: for people as tables that fit the terminal, for programs as the JSON that the control plane gave.</summary>
/// <param name="output">Where to.</param>
/// <param name="json">For programs.</param>
/// <param name="terminal">What <paramref name="output"/> is; null: no terminal.</param>
public sealed class Printer(TextWriter output, bool json, Terminal? terminal = null)
{
    // Names in any script stay readable; what this leaves unescaped only matters inside of HTML.
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TableText _text = new(terminal ?? Terminal.None);

    /// <summary>Whether it prints for programs.</summary>
    public bool Json => json;

    /// <summary>What it prints to.</summary>
    public Terminal Terminal { get; } = terminal ?? Terminal.None;

    /// <summary>A list: a table; for programs one document.</summary>
    /// <param name="items">The items.</param>
    /// <param name="none">What is said where there is none: what to do to have one.</param>
    /// <param name="columns">The table's columns.</param>
    public void List(JsonArray items, string none, params Column[] columns)
    {
        if (json) Document(new JsonObject { ["items"] = items.DeepClone() });
        else if (items.Count == 0) output.WriteLine(none);
        else output.Write(_text.Table([.. items.OfType<JsonNode>()], columns));
    }

    /// <summary>A list that may go on: says so, with how to see the rest.</summary>
    /// <inheritdoc cref="List(JsonArray, string, Column[])"/>
    public void List(Listing list, string none, params Column[] columns)
    {
        if (json)
        {
            Document(new JsonObject { ["items"] = list.Items.DeepClone(), ["next"] = list.Next });
            return;
        }

        List(list.Items, none, columns);
        if (list.Next is not null) output.WriteLine(Paint($"… there are more: --limit {list.Items.Count * 4}, or --limit 0 for all", Tone.Faint));
    }

    /// <summary>One item, a line a field.</summary>
    public void Item(JsonNode item, params Column[] fields)
    {
        if (json) Document(item);
        else output.Write(_text.Item(item, fields));
    }

    /// <summary>A line for people; programs get the document instead.</summary>
    public void Line(string text, JsonNode document)
    {
        if (json) Document(document);
        else output.WriteLine(text);
    }

    /// <summary>A line of something that goes on, as of a log: programs get the item on one line.</summary>
    public void Next(string text, JsonNode item)
    {
        output.WriteLine(json ? item.ToJsonString(OneLine) : text);
        output.Flush();
    }

    /// <summary>A line only for people.</summary>
    public void Hint(string text)
    {
        if (!json) output.WriteLine(text);
    }

    /// <summary>A text in a colour, where there are colours.</summary>
    public string Paint(string text, Tone tone) => _text.Paint(text, tone);

    private void Document(JsonNode document) => output.WriteLine(document.ToJsonString(Form));
}

/// <summary>A list as far as it was read.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">The cursor of what follows; null: nothing does.</param>
public sealed record Listing(JsonArray Items, string? Next);
