using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.EndToEnd.Tests;

/// <summary>The way to a control plane that may be away for a while, and come back elsewhere.</summary>
/// <param name="directory">Its data directory.</param>
/// <param name="password">The admin's password.</param>
internal sealed class ControlPlaneAccess(string directory, string password)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    /// <summary>Where it answers now; null: nowhere.</summary>
    /// <param name="whom">dashboard: people and programs; grpc: agents.</param>
    public Uri? Endpoint(string whom)
    {
        try
        {
            return new(JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "endpoints.json")))![whom]!.ToString());
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Signs in, as soon as the control plane answers.</summary>
    public async Task<ApiClient> SignInAsync() => await TryAsync(() => ApiClient.SignInAsync(Endpoint("dashboard") ?? throw new HttpRequestException("it is not there"), password));

    /// <summary>Does something by the API that may be repeated, until it succeeds.</summary>
    public async Task<T> WithApiAsync<T>(Func<ApiClient, Task<T>> act) => await TryAsync(async () =>
    {
        using var api = await SignInAsync();
        return await act(api);
    });

    private static async Task<T> TryAsync<T>(Func<Task<T>> act)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await act();
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }
}
