using Microsoft.AspNetCore.WebUtilities;

namespace StreamClips.ScriptedWorker;

/// <summary>
/// What a scripted worker does: the query of its spec's URL, as <c>scripted://worker?run-for=200&amp;exit-code=1</c>.
/// Times are milliseconds.
/// </summary>
public sealed record Script
{
    /// <summary>Ends by itself after so long; absent: never.</summary>
    public int? RunFor { get; init; }

    /// <summary>With this code.</summary>
    public int ExitCode { get; init; }

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

    /// <summary>Makes a clip so often.</summary>
    public int? ClipEvery { get; init; }

    /// <summary>Makes so many clips at its start.</summary>
    public int Clips { get; init; }

    /// <summary>Writes so many bytes to its standard output at its start.</summary>
    public int FloodOutput { get; init; }

    /// <summary>Starts a process of its own that ignores SIGTERM, and leaves it behind.</summary>
    public bool LeaveChild { get; init; }

    /// <summary>Never writes a status line.</summary>
    public bool Hang { get; init; }

    /// <summary>Reads the script in a spec's URL.</summary>
    public static Script Parse(string url)
    {
        var knobs = QueryHelpers.ParseQuery(new Uri(url).Query).ToDictionary(k => k.Key, k => k.Value.ToString());
        return new()
        {
            RunFor = Number("run-for"),
            ExitCode = Number("exit-code") ?? 0,
            Phase = knobs.GetValueOrDefault("phase", ""),
            Reason = knobs.GetValueOrDefault("reason", ""),
            IgnoreSigterm = knobs.ContainsKey("ignore-sigterm"),
            LogEvery = Number("log-every"),
            FloodLogs = Number("flood-logs") ?? 0,
            ClipEvery = Number("clip-every"),
            Clips = Number("clips") ?? 0,
            FloodOutput = Number("flood-output") ?? 0,
            LeaveChild = knobs.ContainsKey("leave-child"),
            Hang = knobs.ContainsKey("hang"),
        };

        int? Number(string name) => knobs.TryGetValue(name, out var value) ? int.Parse(value) : null;
    }
}
