using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace StreamClips.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Text">What it says of an item; empty: nothing.</param>
public sealed record Column(string Title, Func<JsonNode, string> Text);

/// <summary>Prints answers: for people as tables that fit the terminal, for programs as the JSON that the control plane gave.</summary>
/// <param name="output">Where to.</param>
/// <param name="json">For programs.</param>
public sealed class Printer(TextWriter output, bool json)
{
    private const int WidthOfFiles = 200;
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true };

    /// <summary>Whether it prints for programs.</summary>
    public bool Json => json;

    /// <summary>A list.</summary>
    public void List(JsonArray items, string none, params Column[] columns)
    {
        if (json)
        {
            Document(new JsonObject { ["items"] = items.DeepClone() });
            return;
        }

        if (items.Count == 0)
        {
            output.WriteLine(none);
            return;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column.Title.ToUpperInvariant())) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var item in items) table.AddRow(columns.Select(c => new Text(item is null ? "" : c.Text(item))));
        Console().Write(table);
    }

    /// <summary>One item, a line a field.</summary>
    public void Item(JsonNode item, params Column[] fields)
    {
        if (json)
        {
            Document(item);
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var field in fields.Where(f => f.Text(item).Length > 0)) grid.AddRow(new Text(field.Title), new Text(field.Text(item)));
        Console().Write(grid);
    }

    /// <summary>A line for people; programs get the document instead.</summary>
    public void Line(string text, JsonNode document)
    {
        if (json) Document(document);
        else output.WriteLine(text);
    }

    /// <summary>A line only for people.</summary>
    public void Hint(string text)
    {
        if (!json) output.WriteLine(text);
    }

    private void Document(JsonNode document) => output.WriteLine(document.ToJsonString(Form));

    private IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        // Whoever pipes a table into another program wants whole lines.
        if (System.Console.IsOutputRedirected || output != System.Console.Out) console.Profile.Width = WidthOfFiles;
        return console;
    }
}

/// <summary>How values read.</summary>
public static class Values
{
    /// <summary>A field as text; empty where it is absent.</summary>
    public static string Text(this JsonNode item, string field) => item[field]?.ToString() ?? "";

    /// <summary>A time, in this machine's time zone; empty where it is absent.</summary>
    public static string Time(this JsonNode item, string field) =>
        DateTimeOffset.TryParse(item.Text(field), CultureInfo.InvariantCulture, out var at) ? at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    /// <summary>So many bytes of so many; empty where it is not known.</summary>
    public static string Share(this JsonNode item, string part, string whole)
    {
        var all = item[whole]?.GetValue<long>() ?? 0;
        return all <= 0 ? "" : $"{Size(item[part]?.GetValue<long>() ?? 0)} of {Size(all)}";
    }

    private static string Size(long bytes) => bytes >= 1L << 30
        ? $"{(bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture)} GiB"
        : $"{(bytes / (double)(1L << 20)).ToString("0", CultureInfo.InvariantCulture)} MiB";
}
