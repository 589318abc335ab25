using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Doctor;

/// <summary>What one check found.</summary>
/// <param name="Where">connection, server or here.</param>
/// <param name="Check">What was looked at, in a word or two.</param>
/// <param name="Status">ok, warn or fail.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="Remedy">What to do; empty where nothing is to be done.</param>
public sealed record Finding(string Where, string Check, string Status, string Seen, string Remedy)
{
    /// <summary>Between this command and the control plane.</summary>
    public const string Connection = "connection";

    /// <summary>In the control plane, as it says itself.</summary>
    public const string Server = "server";

    /// <summary>On this machine.</summary>
    public const string Here = "here";

    /// <summary>All is well.</summary>
    public static Finding Ok(string where, string check, string seen) => new(where, check, "ok", seen, "");

    /// <summary>It works for now.</summary>
    public static Finding Warn(string where, string check, string seen, string remedy) => new(where, check, "warn", seen, remedy);

    /// <summary>It does not work.</summary>
    public static Finding Fail(string where, string check, string seen, string remedy) => new(where, check, "fail", seen, remedy);

    /// <summary>One that the control plane told.</summary>
    public static Finding OfServer(JsonNode told) => new(Server, told.Text("check"), told.Text("status"), told.Text("seen"), told.Text("remedy"));

    /// <summary>For programs.</summary>
    public JsonObject ToJson() => new() { ["where"] = Where, ["check"] = Check, ["status"] = Status, ["seen"] = Seen, ["remedy"] = Remedy };
}
