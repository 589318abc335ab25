using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>A way to compress messages, by the name that <c>grpc-encoding</c> carries.</summary>
public interface ICompressionProvider
{
    /// <summary>The name.</summary>
    string EncodingName { get; }

    /// <summary>A stream that compresses into another.</summary>
    /// <param name="stream">Where the compressed bytes go; stays open.</param>
    /// <param name="compressionLevel">How hard to try; null: the provider's own level.</param>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>A stream that decompresses another.</summary>
    /// <param name="stream">Where the compressed bytes come from; stays open.</param>
    Stream CreateDecompressionStream(Stream stream);
}

/// <summary><c>gzip</c> (RFC 1952).</summary>
/// <param name="defaultCompressionLevel">How hard to try when a call does not say.</param>
public sealed class GzipCompressionProvider(CompressionLevel defaultCompressionLevel) : ICompressionProvider
{
    /// <inheritdoc/>
    public string EncodingName => "gzip";

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new GZipStream(stream, compressionLevel ?? defaultCompressionLevel, leaveOpen: true);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
}

/// <summary><c>deflate</c>, which in gRPC as in HTTP is the zlib format (RFC 1950).</summary>
/// <param name="defaultCompressionLevel">How hard to try when a call does not say.</param>
public sealed class DeflateCompressionProvider(CompressionLevel defaultCompressionLevel) : ICompressionProvider
{
    /// <inheritdoc/>
    public string EncodingName => "deflate";

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new ZLibStream(stream, compressionLevel ?? defaultCompressionLevel, leaveOpen: true);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => new ZLibStream(stream, CompressionMode.Decompress, leaveOpen: true);
}
