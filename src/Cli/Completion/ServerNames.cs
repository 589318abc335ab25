using System.CommandLine;
using System.CommandLine.Completions;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Completion;

/// <summary>Completes the names of what the control plane knows. Whatever goes wrong, nothing is offered and nothing is said.</summary>
public static class ServerNames
{
    private const long LongestAnswer = 1 << 20;
    private const int LongestSearch = 63;

    /// <summary>How long the control plane may take: somebody waits with a hand on the key.</summary>
    internal static TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Has an argument complete streamers.</summary>
    public static Argument<T> Streamers<T>(Argument<T> argument) => With(argument, "/streamers", "name", searches: true);

    /// <summary>Has an option complete streamers.</summary>
    public static Option<T> Streamers<T>(Option<T> option) => With(option, "/streamers", "name", searches: true);

    /// <summary>Has an argument complete nodes.</summary>
    public static Argument<T> Nodes<T>(Argument<T> argument) => With(argument, "/nodes", "id", searches: true);

    /// <summary>Has an option complete nodes.</summary>
    public static Option<T> Nodes<T>(Option<T> option) => With(option, "/nodes", "id", searches: true);

    /// <summary>Has an argument complete ids of clips, of the newest.</summary>
    public static Argument<T> Clips<T>(Argument<T> argument) => With(argument, "/clips?fields=id", "id");

    /// <summary>Has an argument complete users, for admins.</summary>
    public static Argument<T> Users<T>(Argument<T> argument) => With(argument, "/users", "username", searches: true);

    /// <summary>Has an argument complete the names of one's API tokens.</summary>
    public static Argument<T> Tokens<T>(Argument<T> argument) => With(argument, "/tokens", "name");

    /// <summary>Has an argument complete ids of join tokens, for admins.</summary>
    public static Argument<T> JoinTokens<T>(Argument<T> argument) => With(argument, "/tokens/join", "id");

    /// <summary>Has an argument complete ids of one's sessions.</summary>
    public static Argument<T> Sessions<T>(Argument<T> argument) => With(argument, "/sessions", "id");

    private static Argument<T> With<T>(Argument<T> argument, string path, string field, bool searches = false)
    {
        // Otherwise help would show the completions in its place, and ask the control plane for them.
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(context => Items(path, field, searches, context));
        return argument;
    }

    private static Option<T> With<T>(Option<T> option, string path, string field, bool searches = false)
    {
        option.CompletionSources.Add(context => Items(path, field, searches, context));
        return option;
    }

    private static IEnumerable<CompletionItem> Items(string path, string field, bool searches, CompletionContext context)
    {
        try
        {
            var given = context.ParseResult.GetValue(ApiOptions.Context);
            var server = ContextFile.OfUser(Environment.GetEnvironmentVariable).Choose(given, Environment.GetEnvironmentVariable);
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = ServerAddress.Check(server.Server), Timeout = Deadline, MaxResponseContentBufferSize = LongestAnswer };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
            using var request = new HttpRequestMessage(HttpMethod.Get, Query.Of(path).With("limit", $"{ApiClient.PageSize}").With("q", searches && context.WordToComplete.Length is > 0 and <= LongestSearch ? context.WordToComplete : null).ToString());
            using var response = http.Send(request);
            if (!response.IsSuccessStatusCode) return [];
            using var body = response.Content.ReadAsStream();
            return [.. (JsonNode.Parse(body)?["items"] as JsonArray ?? []).OfType<JsonObject>().Select(i => CellText.Clean(i.Text(field))).Where(n => n.Length > 0).Select(n => new CompletionItem(n))];
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or CommandException or JsonException or InvalidOperationException or IOException)
        {
            return [];
        }
    }
}
