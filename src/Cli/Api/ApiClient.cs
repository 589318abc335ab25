using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Contexts;

namespace StreamClips.Cli.Api;

/// <summary>The control plane's REST API, as one user. What it refuses comes as the message that it gave.</summary>
public sealed class ApiClient : IDisposable
{
    private const int MostPages = 200;
    private const long LongestAnswer = 64 << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Uri _server;
    private readonly HttpClient _http;

    /// <summary>Makes a client.</summary>
    /// <param name="server">Address of the control plane.</param>
    /// <param name="token">The API token; null: none yet.</param>
    public ApiClient(Uri server, string? token)
    {
        _server = server;
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), ConnectTimeout = Deadline, AllowAutoRedirect = false })
        {
            BaseAddress = server, Timeout = Deadline, MaxResponseContentBufferSize = LongestAnswer,
        };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>A client for a context.</summary>
    public static ApiClient Of(ServerContext context) => new(ServerAddress.Check(context.Server), context.Token);

    /// <summary>Reads a document.</summary>
    /// <exception cref="CommandException">It was refused, or nobody answers.</exception>
    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Sends a document.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<JsonNode> PostAsync(string path, object? body, CancellationToken cancellation) => SendAsync(HttpMethod.Post, path, body, cancellation);

    /// <summary>Removes what is there.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<JsonNode> DeleteAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Delete, path, null, cancellation);

    /// <summary>All items of a list, page after page.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<JsonArray> ListAsync(string path, CancellationToken cancellation)
    {
        var all = new JsonArray();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var query = cursor is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}";
            var document = await GetAsync(query, cancellation);
            foreach (var item in document["items"]?.AsArray() ?? []) all.Add(item?.DeepClone());
            if (document["next"]?.ToString() is not { Length: > 0 } next) break;
            cursor = next;
        }

        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode) throw new CommandException(Problem(response.StatusCode, text));
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text) ?? new JsonObject();
        }
        catch (HttpRequestException e)
        {
            throw new CommandException($"the control plane at {_server} does not answer ({e.Message}): is it running, and is the address right?");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException($"the control plane at {_server} did not answer within {Deadline.TotalSeconds:0} s.");
        }
        catch (JsonException)
        {
            throw new CommandException($"what answers at {_server} is no control plane: check the address.");
        }
    }

    /// <summary>The problem details of RFC 9457 in one line, the faults of fields after it.</summary>
    private string Problem(HttpStatusCode status, string text)
    {
        var lines = new List<string>();
        try
        {
            var problem = JsonNode.Parse(text) as JsonObject;
            var title = problem?["title"]?.ToString() ?? $"the control plane answered {(int)status}";
            lines.Add(problem?["detail"]?.ToString() is { Length: > 0 } detail ? $"{title}: {detail}" : title);
            foreach (var (_, faults) in problem?["errors"] as JsonObject ?? []) lines.AddRange((faults as JsonArray ?? []).Select(f => $"  {f}"));
        }
        catch (JsonException)
        {
            lines.Add($"the control plane at {_server} answered {(int)status}");
        }

        if (status == HttpStatusCode.Unauthorized && _http.DefaultRequestHeaders.Authorization is not null) lines.Add($"  sign in again: streamclips login {_server}");
        return string.Join('\n', lines);
    }
}
