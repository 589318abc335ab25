using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;

namespace StreamClips.ControlPlane.Dashboard.Assets;

/// <summary>
/// The files that pages load, from inside the assembly. Their addresses carry a part of their hash, so that browsers
/// may keep them for good and a new build is seen at once.
/// </summary>
public sealed class AssetStore
{
    private const string Prefix = "assets/";
    private readonly FrozenDictionary<string, Asset> _assets = Read();

    /// <summary>The one set of assets of this build.</summary>
    public static AssetStore BuiltIn { get; } = new();

    /// <summary>Where a page finds the file.</summary>
    /// <exception cref="KeyNotFoundException">There is no such file in this build.</exception>
    public static string Url(string name) => $"/app/assets/{name}?v={BuiltIn._assets[name].Hash[..12]}";

    /// <summary>Serves the files at <c>/app/assets/NAME</c>, to anybody: the sign-in page needs them.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/app/assets/{name}", (string name, HttpContext context, [FromQuery] string? v) =>
    {
        if (!_assets.TryGetValue(name, out var asset)) return Results.NotFound();
        // Without its hash the address may come to mean another content, so that it is asked for again.
        context.Response.Headers.CacheControl = v == asset.Hash[..12] ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.Type, entityTag: new($"\"{asset.Hash}\""));
    }).AllowAnonymous();

    private static FrozenDictionary<string, Asset> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var assets = new Dictionary<string, Asset>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            assets[resource[Prefix.Length..]] = new Asset(content, Type(resource), Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        return assets.ToFrozenDictionary();
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new NotSupportedException($"no media type is known for {other}"),
    };

    private sealed record Asset(byte[] Content, string Type, string Hash);
}
