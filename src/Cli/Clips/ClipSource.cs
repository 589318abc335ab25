using System.Net;
using System.Net.Http.Headers;
using StreamClips.Cli.Api;

namespace StreamClips.Cli.Clips;

/// <summary>A video's bytes: from the control plane, or from the bucket that it sends to, which is told nothing of who asks.</summary>
public static class ClipSource
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Elsewhere = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Deadline }) { Timeout = Deadline };

    /// <summary>Opens it.</summary>
    /// <param name="api">The control plane.</param>
    /// <param name="path">The video.</param>
    /// <param name="from">From this byte on.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The bytes, and where they begin: at 0 where no range was given.</returns>
    public static async Task<(Stream Bytes, long From)> OpenAsync(ApiClient api, string path, long from, CancellationToken cancellation)
    {
        var response = await api.OpenAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancellation, from: from);
        if (response is { StatusCode: HttpStatusCode.Redirect, Headers.Location: { } elsewhere })
        {
            response.Dispose();
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api.Server, elsewhere));
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            response = await Elsewhere.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                var status = (int)response.StatusCode;
                response.Dispose();
                throw new IOException($"the storage at {elsewhere.Authority} answered {status}.");
            }
        }

        var begins = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.From ?? from : 0;
        if (begins != 0 && begins != from) throw new IOException($"bytes from {begins} on came instead of those from {from} on.");
        return (await response.Content.ReadAsStreamAsync(cancellation), begins);
    }
}
