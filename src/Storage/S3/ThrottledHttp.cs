using System.Net;
using Amazon.Runtime;

namespace StreamClips.Storage.S3;

/// <summary>
/// Makes the HTTP client of an S3 client whose uploads share a budget. It is the bytes on their way out that wait, so neither the hash that signs a request
/// nor a try that is sent again needs to know of it, and what is sent twice counts twice.
/// </summary>
/// <param name="budget">The budget.</param>
/// <param name="timeout">The longest time a request may take.</param>
internal sealed class ThrottledHttp(ByteBudget budget, TimeSpan timeout) : HttpClientFactory
{
    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        new(new Handler(budget) { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None } }) { Timeout = timeout };

    /// <summary>Null: each S3 client has a client of its own, which goes with it.</summary>
    public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;

    private sealed class Handler(ByteBudget budget) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content) request.Content = new Content(content, budget);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Content : HttpContent
    {
        private readonly HttpContent _content;
        private readonly ByteBudget _budget;

        public Content(HttpContent content, ByteBudget budget)
        {
            (_content, _budget) = (content, budget);
            foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _content.CopyToAsync(new ThrottledStream(stream, _budget), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _content.Dispose();
            base.Dispose(disposing);
        }
    }
}
