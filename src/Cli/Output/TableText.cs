using System.Text;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Output;

/// <summary>Tables and items as text for people.</summary>
/// <param name="terminal">What it is for.</param>
public sealed class TableText(Terminal terminal)
{
    /// <summary>A table: a line an item under a line of heads.</summary>
    public string Table(IReadOnlyList<JsonNode> items, IReadOnlyList<Column> columns)
    {
        var cells = items.Select(item => columns.Select(c => CellText.Clean(c.Text(item))).ToArray()).ToList();
        var natural = columns.Select((c, i) =>
        {
            var widest = cells.Max(row => CellText.Width(row[i]));
            return widest == 0 && terminal.Is ? 0 : Math.Max(widest, c.Title.Length);
        }).ToArray();
        var widths = TableLayout.Fit(columns, natural, terminal.Width);
        var text = new StringBuilder();
        Line(text, columns, widths, i => columns[i].Title.ToUpperInvariant(), _ => Tone.Faint);
        for (var row = 0; row < items.Count; row++)
        {
            var at = row;
            Line(text, columns, widths, i => cells[at][i], i => columns[i].Tone?.Invoke(items[at]) ?? Tone.Plain);
        }

        return text.ToString();
    }

    /// <summary>One item, a line a field; fields that say nothing are left out.</summary>
    public string Item(JsonNode item, IReadOnlyList<Column> fields)
    {
        var said = fields.Select(f => (Field: f, Text: CellText.Clean(f.Text(item)))).Where(f => f.Text.Length > 0).ToList();
        if (said.Count == 0) return "";
        var titles = said.Max(f => CellText.Width(f.Field.Title)) + TableLayout.Gap;
        var text = new StringBuilder();
        foreach (var (field, value) in said)
        {
            var lines = terminal.Width is { } width && width - titles >= 10 ? CellText.Wrap(value, width - titles) : [value];
            var title = field.Title;
            foreach (var line in lines)
            {
                text.Append(CellText.Pad(title, titles, right: false)).Append(Paint(line, field.Tone?.Invoke(item) ?? Tone.Plain)).Append('\n');
                title = "";
            }
        }

        return text.ToString();
    }

    /// <summary>A text in the colour of its tone, where there are colours (ECMA-48, SGR).</summary>
    public string Paint(string text, Tone tone) => !terminal.Colours || tone == Tone.Plain || text.Length == 0 ? text : tone switch
    {
        Tone.Good => $"\e[32m{text}\e[0m",
        Tone.Warning => $"\e[33m{text}\e[0m",
        Tone.Bad => $"\e[31m{text}\e[0m",
        _ => $"\e[2m{text}\e[0m",
    };

    private void Line(StringBuilder text, IReadOnlyList<Column> columns, int[] widths, Func<int, string> cell, Func<int, Tone> tone)
    {
        var last = Array.FindLastIndex(widths, w => w > 0);
        for (var i = 0; i <= last; i++)
        {
            if (widths[i] == 0) continue;
            var shown = CellText.Cut(cell(i), widths[i]);
            // No spaces at the end of a line, which a narrower window would wrap.
            var padding = i == last && !columns[i].Right ? "" : new string(' ', widths[i] - CellText.Width(shown));
            var painted = Paint(shown, tone(i));
            text.Append(columns[i].Right ? padding + painted : painted + padding);
            if (i < last) text.Append(' ', TableLayout.Gap);
        }

        while (text.Length > 0 && text[^1] == ' ') text.Length--;
        text.Append('\n');
    }
}
