using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Contexts;

/// <summary>A control plane that somebody signed in to.</summary>
/// <param name="Server">Address of its pages and API.</param>
/// <param name="Token">The API token that stands for the user. A secret.</param>
/// <param name="User">The user; empty: not known.</param>
public sealed record ServerContext(
    [property: JsonPropertyName("server")] string Server, [property: JsonPropertyName("token")] string Token, [property: JsonPropertyName("user")] string User);

/// <summary>What the context file holds.</summary>
public sealed record ServerContexts
{
    /// <summary>The one that commands use where nothing else is said; null: none.</summary>
    [JsonPropertyName("current")]
    public string? Current { get; init; }

    /// <summary>All by name.</summary>
    [JsonPropertyName("contexts")]
    public IReadOnlyDictionary<string, ServerContext> ByName { get; init; } = new Dictionary<string, ServerContext>();

    /// <summary>With one added or replaced, and made the current one.</summary>
    public ServerContexts With(string name, ServerContext context) =>
        new() { Current = name, ByName = new Dictionary<string, ServerContext>(ByName) { [name] = context } };

    /// <summary>With another name for one.</summary>
    public ServerContexts Renamed(string name, string to) =>
        new() { Current = Current == name ? to : Current, ByName = ByName.ToDictionary(c => c.Key == name ? to : c.Key, c => c.Value) };

    /// <summary>Without one.</summary>
    public ServerContexts Without(string name)
    {
        var rest = ByName.Where(c => c.Key != name).ToDictionary();
        return new() { Current = Current == name ? rest.Keys.Order().FirstOrDefault() : Current, ByName = rest };
    }
}

/// <summary>
/// The file that remembers sign-ins: <c>streamclips/contexts.json</c> below XDG_CONFIG_HOME, by default ~/.config (XDG Base Directory
/// Specification). Only its owner reads it.
/// </summary>
/// <param name="path">The file.</param>
public sealed class ContextFile(string path)
{
    private const long LongestFile = 1 << 20;
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true };

    /// <summary>The user's own.</summary>
    public static ContextFile OfUser(Func<string, string?> variable)
    {
        var config = variable("XDG_CONFIG_HOME") is { Length: > 0 } given && System.IO.Path.IsPathRooted(given) ? given : System.IO.Path.Combine(variable("HOME") is { Length: > 0 } home ? home : "/", ".config");
        return new(System.IO.Path.Combine(config, "streamclips", "contexts.json"));
    }

    /// <summary>Reads it; what was never written is empty.</summary>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public ServerContexts Read()
    {
        try
        {
            if (!File.Exists(path)) return new();
            Close();
            if (new FileInfo(path).Length > LongestFile) throw new CommandException($"{path} is too long: remove it, and sign in again.");
            return JsonSerializer.Deserialize<ServerContexts>(File.ReadAllText(path)) ?? new();
        }
        catch (JsonException e)
        {
            throw new CommandException($"{path} cannot be read ({e.Message}): mend it, or remove it and sign in again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Replaces it as a whole.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public void Write(ServerContexts contexts)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var temporary = path + ".new";
            var only = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using (var writer = new StreamWriter(temporary, only)) writer.Write(JsonSerializer.Serialize(contexts, Form) + "\n");
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }
    }

    /// <summary>Takes away what others may do with it: a token in it may have been copied or restored with a wider mode.</summary>
    private void Close()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var mode = File.GetUnixFileMode(path);
        if ((mode & others) == UnixFileMode.None) return;
        File.SetUnixFileMode(path, mode & ~others);
        Console.Error.WriteLine($"streamclips: {path} could be read or written by others (mode {Convert.ToString((int)mode, 8)}); now only by you. If somebody may have read it, streamclips logout makes its token useless.");
    }

    /// <summary>
    /// The control plane that a command speaks to: STREAMCLIPS_URL with STREAMCLIPS_TOKEN, as in CI; or the context of this name; or the current one.
    /// </summary>
    /// <exception cref="CommandException">There is none; the message says how to sign in.</exception>
    public ServerContext Choose(string? name, Func<string, string?> variable)
    {
        // The second one is its name of before, which scripts may still give.
        if (name is null && (variable("STREAMCLIPS_URL") ?? variable("STREAMCLIPS_SERVER")) is { Length: > 0 } server)
        {
            var token = variable("STREAMCLIPS_TOKEN") is { Length: > 0 } given ? given : throw new CommandException("STREAMCLIPS_URL is set and STREAMCLIPS_TOKEN is not: set both, or neither.");
            return new(ServerAddress.Check(server).ToString(), token, "");
        }

        return Named(Read(), name);
    }

    /// <summary>The context of this name, or the current one.</summary>
    /// <exception cref="CommandException">There is none; the message says how to sign in.</exception>
    public static ServerContext Named(ServerContexts contexts, string? name)
    {
        var wanted = name ?? contexts.Current ?? throw new CommandException("you are not signed in to a control plane: streamclips login http://127.0.0.1:8080");
        return contexts.ByName.GetValueOrDefault(wanted)
            ?? throw new CommandException($"there is no context '{wanted}': {(contexts.ByName.Count == 0 ? "sign in with streamclips login" : "there are " + string.Join(", ", contexts.ByName.Keys.Order()))}.{Words.DidYouMean(wanted, contexts.ByName.Keys)}");
    }
}

/// <summary>Addresses of control planes.</summary>
public static class ServerAddress
{
    /// <summary>Checks one. Passwords and tokens go there: in the clear only to this machine.</summary>
    /// <exception cref="CommandException">It is none, or would show secrets to the network.</exception>
    public static Uri Check(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Host.Length == 0)
            throw new CommandException($"'{text}' is no address of a control plane: give one as {(IsHost(text) ? $"https://{text}, or http://{text} on this machine" : "https://clips.example or http://127.0.0.1:8080")}.");
        if (uri.Scheme == "http" && !uri.IsLoopback)
            throw new CommandException($"'{text}' would show your password to the network: give an https address, or reach it through ssh -L 8080:127.0.0.1:8080 {uri.Host}.");
        return new Uri(uri.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>Whether only the scheme is missing.</summary>
    private static bool IsHost(string text) => !text.Contains('/', StringComparison.Ordinal) && Uri.TryCreate($"http://{text}", UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && text.Contains('.', StringComparison.Ordinal);
}
