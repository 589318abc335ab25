using System.Globalization;

namespace StreamClips.ScriptedWorker;

/// <summary>
/// What a scripted worker does. It is told by the query of its spec's URL, as <c>http://127.0.0.1:9/?run-for=200&amp;exit-code=1</c>,
/// which goes through a control plane and an agent like any channel's address; started by hand, also by options behind the
/// directory, as <c>--run-for 200 --exit-code 1</c>. Times are milliseconds.
/// </summary>
public sealed record Script
{
    private static readonly string[] Known =
    [
        "run-for", "exit-code", "crash", "phase", "reason", "ignore-sigterm", "log-every", "flood-logs", "clip-every", "clips", "clip-bytes",
        "flood-output", "leave-child", "hang", "hang-after", "status-every", "eat-memory", "books", "moments",
    ];

    /// <summary>Ends by itself after so long; absent: never.</summary>
    public int? RunFor { get; init; }

    /// <summary>With this code.</summary>
    public int ExitCode { get; init; }

    /// <summary>Dies by SIGKILL instead of ending with a code.</summary>
    public bool Crash { get; init; }

    /// <summary>And this phase in its last status line; empty: it says nothing.</summary>
    public string Phase { get; init; } = "";

    /// <summary>With this reason.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Does not end when it is asked to.</summary>
    public bool IgnoreSigterm { get; init; }

    /// <summary>Writes a numbered log line so often.</summary>
    public int? LogEvery { get; init; }

    /// <summary>Writes so many numbered log lines at its start, as fast as it can.</summary>
    public int FloodLogs { get; init; }

    /// <summary>Makes a numbered clip so often.</summary>
    public int? ClipEvery { get; init; }

    /// <summary>Makes so many clips at its start.</summary>
    public int Clips { get; init; }

    /// <summary>
    /// Makes a clip of every stretch of so many milliseconds of the day, when it is over: two workers that run at the same time cut the same moments.
    /// </summary>
    public int? Moments { get; init; }

    /// <summary>Bytes of each of a clip's files.</summary>
    public int ClipBytes { get; init; } = 50_000;

    /// <summary>Writes so many bytes to its standard output at its start.</summary>
    public int FloodOutput { get; init; }

    /// <summary>Starts a process of its own that ignores SIGTERM, and leaves it behind.</summary>
    public bool LeaveChild { get; init; }

    /// <summary>Never writes a status line.</summary>
    public bool Hang { get; init; }

    /// <summary>Writes no status line any more after so long.</summary>
    public int? HangAfter { get; init; }

    /// <summary>Writes a status line so often.</summary>
    public int StatusEvery { get; init; } = 500;

    /// <summary>Takes so many MiB of memory at its start, and keeps them.</summary>
    public int EatMemory { get; init; }

    /// <summary>
    /// A directory that outlives the worker's own: there it keeps, below its process id, the numbers of its clips and, in
    /// <c>lines.log</c>, those of its log lines once they are in the journal. Empty: the clips' in its own directory, the lines' nowhere.
    /// </summary>
    public string Books { get; init; } = "";

    /// <summary>Reads a script.</summary>
    /// <param name="url">The spec's URL.</param>
    /// <param name="options">What follows the directory on the command line.</param>
    /// <exception cref="FormatException">There is no such knob, or its value is no number.</exception>
    public static Script Parse(string url, IReadOnlyList<string> options)
    {
        var knobs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in new Uri(url).Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var sign = part.IndexOf('=', StringComparison.Ordinal);
            knobs[sign < 0 ? part : part[..sign]] = sign < 0 ? "" : Uri.UnescapeDataString(part[(sign + 1)..].Replace('+', ' '));
        }

        for (var i = 0; i < options.Count; i++)
        {
            if (!options[i].StartsWith("--", StringComparison.Ordinal)) throw new FormatException($"'{options[i]}' is no option");
            var valued = i + 1 < options.Count && !options[i + 1].StartsWith("--", StringComparison.Ordinal);
            knobs[options[i][2..]] = valued ? options[i + 1] : "";
            if (valued) i++;
        }

        // A knob that is not known would be a test that tests nothing.
        if (knobs.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } unknown) throw new FormatException($"there is no knob '{unknown}': there are {string.Join(", ", Known)}");
        return Of(knobs);
    }

    private static Script Of(Dictionary<string, string> knobs)
    {
        var none = new Script();
        return new()
        {
            RunFor = Number("run-for"),
            ExitCode = Number("exit-code") ?? 0,
            Crash = knobs.ContainsKey("crash"),
            Phase = knobs.GetValueOrDefault("phase", ""),
            Reason = knobs.GetValueOrDefault("reason", ""),
            IgnoreSigterm = knobs.ContainsKey("ignore-sigterm"),
            LogEvery = Number("log-every"),
            FloodLogs = Number("flood-logs") ?? 0,
            ClipEvery = Number("clip-every"),
            Clips = Number("clips") ?? 0,
            Moments = Number("moments"),
            ClipBytes = Number("clip-bytes") ?? none.ClipBytes,
            FloodOutput = Number("flood-output") ?? 0,
            LeaveChild = knobs.ContainsKey("leave-child"),
            Hang = knobs.ContainsKey("hang"),
            HangAfter = Number("hang-after"),
            StatusEvery = Number("status-every") ?? none.StatusEvery,
            EatMemory = Number("eat-memory") ?? 0,
            Books = knobs.GetValueOrDefault("books", ""),
        };

        int? Number(string name) => !knobs.TryGetValue(name, out var value)
            ? null
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{name} is '{value}': give a whole number");
    }
}
