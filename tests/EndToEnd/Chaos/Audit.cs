using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ScriptedWorker;
using StreamClips.Shared.Clips;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>Compares what the workers wrote down with what storage and database hold.</summary>
internal sealed class Audit(string books, int clipBytes)
{
    private readonly List<string> _faults = [];

    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Clips that were made.</summary>
    public int Clips { get; private set; }

    /// <summary>Log lines that were written.</summary>
    public int Lines { get; private set; }

    /// <summary>
    /// Every clip that was made is in storage once, with the bytes that follow from its number, and once in the database. One that was
    /// begun when its worker was killed may be there or not.
    /// </summary>
    public async Task ClipsAsync(ApiClient api, string store)
    {
        var rows = (await api.AllAsync("/clips?limit=500")).Select(r => $"{r["process_id"]} {r["reason"]!.ToString().Split(' ')[^1]}").ToList();
        var sidecars = Directory.EnumerateFiles(store, "*.json", SearchOption.AllDirectories).Select(f => ClipSidecar.FromJson(File.ReadAllText(f)))
            .Select(s => $"{s.ProcessId} {s.Reason.Split(' ')[^1]}").ToList();
        Unique("in the database", rows);
        Unique("in storage (sidecar)", sidecars);
        Same("sidecars", sidecars, rows);
        foreach (var (kind, extension) in ((string, string)[])[("video", "mp4"), ("poster", "jpg")])
        {
            var files = Directory.EnumerateFiles(store, $"*.{extension}", SearchOption.AllDirectories).Select(f => NameOf(f, kind)).OfType<string>().ToList();
            Unique($"in storage ({kind})", files);
            Same($"{kind}s", files, rows);
        }

        // Beside the installation's mark.
        foreach (var file in Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is not (".mp4" or ".jpg" or ".json") && !f.Contains("/streamclips-owner/", StringComparison.Ordinal)))
            _faults.Add($"{file} is left in storage");
        foreach (var (process, directory) in Workers())
        {
            var begun = Numbers(Path.Combine(directory, ClipMaker.Begun)).ConvertAll(n => $"{process} {n}");
            var made = Numbers(Path.Combine(directory, ClipMaker.Made)).ConvertAll(n => $"{process} {n}");
            Unique("begun", begun);
            Clips += made.Count;
            _faults.AddRange(made.Except(rows).Select(c => $"clip {c} was made and is lost"));
            _faults.AddRange(rows.Where(r => r.StartsWith($"{process}", StringComparison.Ordinal)).Except(begun).Select(c => $"clip {c} was never begun"));
        }
    }

    /// <summary>Every line that a worker put into its journal is stored once, and in order. The last one of a killed worker may be missing in its book.</summary>
    public async Task LinesAsync(ApiClient api)
    {
        foreach (var (process, directory) in Workers())
        {
            var rows = (await api.AllAsync($"/logs?process={process}&limit=500")).OrderBy(r => r["id"]!.GetValue<long>()).ToList();
            foreach (var row in rows.Where(r => r["event"]!.ToString().StartsWith("journal.", StringComparison.Ordinal))) _faults.Add($"{process}: {row["event"]}: {row["message"]}");
            var stored = Runs(rows.Where(r => r["event"]!.ToString() == "script.line").Select(r => r["message"]!.ToString()));
            var written = Runs(File.ReadLines(Path.Combine(directory, "lines.log")));
            if (stored.Select(s => s.Pid).Distinct().Count() != stored.Count) _faults.Add($"{process}: lines of its runs are mixed");
            foreach (var (pid, numbers) in stored) Order($"{process}, run {pid}", numbers);
            foreach (var (pid, numbers) in written)
            {
                Lines += numbers.Count;
                var there = stored.Find(s => s.Pid == pid).Numbers?.Count ?? 0;
                if (there != numbers.Count && there != numbers.Count + 1) _faults.Add($"{process}, run {pid}: {numbers.Count} lines were written, {there} are stored");
            }
        }
    }

    private IEnumerable<(string Process, string Directory)> Workers() => Directory.EnumerateDirectories(books).Select(d => (Path.GetFileName(d), d));

    private void Unique(string where, List<string> names) =>
        _faults.AddRange(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => $"clip {g.Key} is {where} {g.Count()} times"));

    private void Same(string what, List<string> files, List<string> rows)
    {
        _faults.AddRange(files.Except(rows).Select(f => $"clip {f} has {what} in storage, and no row"));
        _faults.AddRange(rows.Except(files).Select(r => $"clip {r} has a row, and no {what} in storage"));
    }

    private void Order(string what, List<int> numbers)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            if (numbers[i] == i + 1) continue;
            _faults.Add($"{what}: line {numbers[i]} stands where {i + 1} should");
            return;
        }
    }

    /// <summary>The clip that a file says it is of; null, and a fault, where its bytes are not those of that clip.</summary>
    private string? NameOf(string file, string kind)
    {
        var bytes = File.ReadAllBytes(file);
        var head = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Max(0, Array.IndexOf(bytes, (byte)'\n')))).Split(' ');
        if (head.Length == 3 && Guid.TryParse(head[0], out var process) && int.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && bytes.AsSpan().SequenceEqual(ClipMaker.Content(process, number, kind, clipBytes))) return $"{head[0]} {head[1]}";
        _faults.Add($"{file} holds {bytes.Length} bytes that are no {kind} of a clip");
        return null;
    }

    private static List<int> Numbers(string file) => File.Exists(file) ? [.. File.ReadLines(file).Select(l => int.Parse(l, CultureInfo.InvariantCulture))] : [];

    /// <summary>Lines as <c>PID NUMBER</c> by run, a block of one run's after the other.</summary>
    private static List<(string Pid, List<int> Numbers)> Runs(IEnumerable<string> lines)
    {
        var runs = new List<(string Pid, List<int> Numbers)>();
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            if (runs.Count == 0 || runs[^1].Pid != words[0]) runs.Add((words[0], []));
            runs[^1].Numbers.Add(int.Parse(words[1], CultureInfo.InvariantCulture));
        }

        return runs;
    }
}
