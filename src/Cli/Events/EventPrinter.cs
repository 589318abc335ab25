using System.Globalization;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Events;

/// <summary>Prints what happens, a line an event: for people, or as JSON for programs. Safe for several threads.</summary>
public sealed class EventPrinter(TextWriter output, bool json, TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>Clips saved since the start.</summary>
    public int Clips { get; private set; }

    /// <summary>Prints an event.</summary>
    public void Print(PlatformEvent happened)
    {
        if (happened.Name == "clip.saved") Clips++;
        if (json) WriteJson(happened.Name, happened.At, happened.Fields);
        else if (Describe(happened) is { } line) Write(Stamped(happened.At, happened.Text("streamer"), line));
    }

    /// <summary>Prints something that this command itself has to say: for programs as an event of that name.</summary>
    public void Note(string name, string text, JsonObject? fields = null)
    {
        var now = time.GetUtcNow();
        if (!json)
        {
            Write(Stamped(now, "", text));
            return;
        }

        var all = fields ?? [];
        all["message"] = text;
        WriteJson(name, now, all);
    }

    /// <summary>Says where everything is, and how to sign in.</summary>
    public void Ready(string title, Uri dashboard, string data, string password, string passwordFile, JsonObject more)
    {
        if (json)
        {
            more["url"] = dashboard.ToString();
            more["username"] = "admin";
            more["password_file"] = passwordFile;
            more["data"] = data;
            WriteJson("ready", time.GetUtcNow(), more);
            return;
        }

        Write($"""

            {title}
              dashboard   {dashboard}
              sign in     admin / {password}
              data        {data}
              stop        Ctrl-C

            """);
    }

    /// <summary>The line for people; null for an event that an operator need not see here.</summary>
    internal static string? Describe(PlatformEvent e) => e.Name switch
    {
        "channel.live" => "live",
        "channel.offline" => Join("offline", e.Text("reason")),
        "process.started" => $"process started on {e.Text("node")}{Pid(e)}",
        "process.ended" => Join("process ended", e.Text("reason")),
        "process.stopped" => Join("process stopped", e.Text("reason")),
        "process.restarted" => Join("process restarted", e.Text("reason")),
        "process.crashed" => Join("process crashed", e.Text("reason")),
        "process.failed" => Join("process failed", e.Text("reason")),
        "surge" => Join($"surge ×{Score(e)}", Numbers(e.Text("reason"))),
        "clip.saved" => $"clip saved: {e.Text("path")}{(e.Number("duration_s") is { } s ? $" ({s.ToString("0.0", CultureInfo.InvariantCulture)} s)" : "")}",
        "node.joined" => $"node {e.Text("node")} joined",
        "node.lost" => Join($"node {e.Text("node")} lost", e.Text("reason")),
        "node.drained" => $"node {e.Text("node")} is drained: nothing runs there any more, and every clip is in storage",
        "node.storage_failed" => Join($"the storage of node {e.Text("node")} takes no clips, they wait there", e.Text("reason")),
        "node.storage_back" => $"the storage of node {e.Text("node")} takes clips again",
        "node.spool_filling" => $"node {e.Text("node")}: clips that wait for the storage take up {e.Number("level"):0} % of the room for them",
        "node.spool_emptying" => $"node {e.Text("node")}: clips that wait for the storage take up less room again",
        "node.recording_paused" => Join($"node {e.Text("node")} makes no new clips", e.Text("reason")),
        "node.recording_resumed" => $"node {e.Text("node")} makes new clips again",
        _ => null,
    };

    private static string Join(string what, string why) => why.Length == 0 ? what : $"{what}: {why}";

    private static string Pid(PlatformEvent e) => e.Number("pid") is > 0 and var pid ? $" (pid {pid:0})" : "";

    /// <summary>The reason without its first words, which say the score once more.</summary>
    private static string Numbers(string reason) => reason[(reason.IndexOf(": ", StringComparison.Ordinal) is >= 0 and var at ? at + 2 : 0)..];

    private static string Score(PlatformEvent e) => (e.Number("score") ?? 0).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Stamped(DateTimeOffset at, string who, string text) => $"{at.ToLocalTime():HH:mm:ss}  {who,-12}  {text}";

    private void WriteJson(string name, DateTimeOffset at, JsonObject fields)
    {
        var line = new JsonObject { ["at"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["event"] = name };
        foreach (var (key, value) in fields) line[key] = value?.DeepClone();
        Write(line.ToJsonString());
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
