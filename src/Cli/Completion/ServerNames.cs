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
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(700);

    /// <summary>Has an argument or option complete streamers.</summary>
    public static Argument<T> Streamers<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(context => Items("/streamers", "name", context));
        return argument;
    }

    /// <inheritdoc cref="Streamers{T}(Argument{T})"/>
    public static Option<T> Streamers<T>(Option<T> option)
    {
        option.CompletionSources.Add(context => Items("/streamers", "name", context));
        return option;
    }

    /// <summary>Has an argument or option complete nodes.</summary>
    public static Argument<T> Nodes<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(context => Items("/nodes", "id", context));
        return argument;
    }

    /// <inheritdoc cref="Nodes{T}(Argument{T})"/>
    public static Option<T> Nodes<T>(Option<T> option)
    {
        option.CompletionSources.Add(context => Items("/nodes", "id", context));
        return option;
    }

    private static IEnumerable<CompletionItem> Items(string path, string field, CompletionContext context)
    {
        try
        {
            var given = context.ParseResult.GetValue(ApiOptions.Context);
            var server = ContextFile.OfUser(Environment.GetEnvironmentVariable).Choose(given, Environment.GetEnvironmentVariable);
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = ServerAddress.Check(server.Server), Timeout = Deadline, MaxResponseContentBufferSize = LongestAnswer };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
            using var request = new HttpRequestMessage(HttpMethod.Get, Query.Of(path).With("limit", $"{ApiClient.PageSize}").ToString());
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
