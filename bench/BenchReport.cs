using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamClips.Bench;

/// <summary>How results are printed.</summary>
internal interface IBenchReport
{
    /// <summary>Prints what a bench found.</summary>
    void Show(IBench bench, BenchResult result, Machine machine);
}

/// <summary>One JSON object a bench, a line each. What has no place in it goes beside it.</summary>
internal sealed class JsonBenchReport(TextWriter output, TextWriter beside) : IBenchReport
{
    /// <inheritdoc/>
    public void Show(IBench bench, BenchResult result, Machine machine)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("bench", bench.Name);
            Write(json, "figures", result.Figures);
            json.WriteStartObject("peers");
            foreach (var peer in result.Peers.Where(p => p.Absent is null)) Write(json, peer.Name, peer.Figures);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
        output.Flush();
        foreach (var peer in result.Peers.Where(p => p.Absent is not null)) beside.WriteLine($"streamclips: {peer.Name} was not measured: {peer.Absent}");
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<BenchFigure> figures)
    {
        json.WriteStartObject(name);
        foreach (var figure in figures) json.WriteNumber(figure.Name, Number.Rounded(figure.Value));
        json.WriteEndObject();
    }
}

/// <summary>A table for people.</summary>
internal sealed class TableBenchReport(TextWriter output) : IBenchReport
{
    /// <inheritdoc/>
    public void Show(IBench bench, BenchResult result, Machine machine)
    {
        var peers = result.Peers.Where(p => p.Absent is null).ToList();
        List<string[]> rows = [[bench.Name, "figure", .. peers.SelectMany(p => new[] { p.Name, "ratio" }), "unit"]];
        foreach (var figure in result.Figures) rows.Add([figure.Name, Number.ForPeople(figure.Value), .. peers.SelectMany(p => Beside(figure, p)), figure.Unit]);
        foreach (var peer in peers)
            foreach (var figure in peer.Figures.Where(f => result.Figures.All(o => o.Name != f.Name)))
                rows.Add([figure.Name, "", .. peers.SelectMany(p => p == peer ? [Number.ForPeople(figure.Value), ""] : new[] { "", "" }), figure.Unit]);

        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(r => r[column].Length)).ToList();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column == 0 || column == row.Length - 1 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        foreach (var peer in result.Peers.Where(p => p.Absent is not null)) output.WriteLine($"{peer.Name} was not measured: {peer.Absent}");
        output.WriteLine(machine);
        output.WriteLine();
        output.Flush();
    }

    private static string[] Beside(BenchFigure figure, BenchPeer peer) =>
        peer.Figures.FirstOrDefault(f => f.Name == figure.Name) is { } same
            ? [Number.ForPeople(same.Value), same.Value == 0 ? "" : $"{Number.ForPeople(figure.Value / same.Value)}×"]
            : ["", ""];
}

/// <summary>Numbers with as many digits as were measured.</summary>
internal static class Number
{
    /// <summary>Four significant digits; whole where it is large.</summary>
    public static double Rounded(double value)
    {
        if (!double.IsFinite(value)) throw new InvalidOperationException($"a figure is {value}");
        if (Math.Abs(value) >= 1000) return Math.Round(value);
        return value == 0 ? 0 : Math.Round(value, Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));
    }

    /// <summary>The same with thousands parted.</summary>
    public static string ForPeople(double value) => Rounded(value).ToString("#,##0.############", CultureInfo.InvariantCulture);
}
