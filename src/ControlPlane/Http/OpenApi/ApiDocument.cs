using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace StreamClips.ControlPlane.Http.OpenApi;

/// <summary>The description of the whole API (OpenAPI 3.1), made once of what the routes say of themselves.</summary>
public sealed class ApiDocument(IServiceProvider services)
{
    /// <summary>Its name, which is in its address.</summary>
    public const string Name = "v1";

    /// <summary>The scheme of API tokens.</summary>
    public const string TokenScheme = "token";

    /// <summary>The scheme of sessions.</summary>
    public const string SessionScheme = "session";

    private const string About =
        """
        Lists answer `{"items": […], "next": cursor}`: give `next` as `cursor` for the page after. What a route does not take is refused.
        One thing answers with an `ETag`; give it as `If-Match` with a change, and nobody's change is overwritten unseen (412).
        Creates take an `Idempotency-Key`: the same request with the same key is carried out once, and answered alike for 24 hours.
        Refusals are problem details (RFC 9457) with every field's fault at once in `errors`.
        """;

    private volatile byte[]? _bytes;

    /// <summary>The document as JSON. Two that ask first at once both make it, and it is the same.</summary>
    public async Task<byte[]> BytesAsync(CancellationToken cancellation)
    {
        if (_bytes is { } made) return made;
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync(cancellation);
        using var text = new MemoryStream();
        await document.SerializeAsJsonAsync(text, OpenApiSpecVersion.OpenApi3_1, cancellation);
        return _bytes = text.ToArray();
    }

    /// <summary>What the whole document says: who made it, how to be let in.</summary>
    internal static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new()
        {
            Title = "StreamClips", Description = About,
            Version = typeof(ApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
        };
        document.Servers = [new() { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [TokenScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token (`POST /tokens`). Its scope never reaches further than its owner's role." },
            [SessionScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "streamclips", Description = "The cookie of `POST /auth/login`; over TLS its name begins with `__Host-`." },
        };
        document.Security = [Requirement(TokenScheme), Requirement(SessionScheme)];
        return Task.CompletedTask;

        OpenApiSecurityRequirement Requirement(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
    }

    /// <summary>Only what says what it is belongs to the API; the dashboard's pages do not.</summary>
    internal static bool Includes(ApiDescription description) => description.ActionDescriptor.EndpointMetadata.OfType<RouteDoc>().Any();
}

/// <summary>The description over HTTP.</summary>
public static class ApiDocumentEndpoints
{
    /// <summary>Adds what makes the document.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddSingleton<ApiDocument>().AddOpenApi(ApiDocument.Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = ApiDocument.Includes;
        options.AddDocumentTransformer(ApiDocument.DescribeAsync);
        options.AddOperationTransformer<OperationDocument>();
    });

    /// <summary>Adds <c>/openapi/v1.json</c>, open to all: it says what the sources say, and nothing of this installation.</summary>
    public static IEndpointRouteBuilder MapApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/openapi/v1.json", async (ApiDocument document, CancellationToken cancellation) =>
            {
                var bytes = await document.BytesAsync(cancellation);
                return Results.Bytes(bytes, "application/json", entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\""));
            })
            .AllowAnonymous().Doc("getApiDocument", "This description of the API (OpenAPI 3.1)")
            .Answers(200, new Dictionary<string, string> { ["openapi"] = "3.1.1" }, "The description.");
        return routes;
    }
}
