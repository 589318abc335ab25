using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace StreamClips.ControlPlane.Http.OpenApi;

/// <summary>Writes what a route says of itself into its operation.</summary>
internal sealed class OperationDocument(IOptions<JsonOptions> options) : IOpenApiOperationTransformer
{
    private JsonSerializerOptions Json => options.Value.SerializerOptions;

    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var (doc, method) = (metadata.OfType<RouteDoc>().Last(), context.Description.HttpMethod!);
        var path = context.Description.RelativePath!.Split('?')[0];
        operation.OperationId = HttpMethods.IsHead(method) ? doc.Id + "Head" : doc.Id;
        operation.Summary = doc.Summary;
        operation.Description = string.Join("\n\n", ((string?[])[doc.More, WhoMay(metadata)]).Where(t => t is not null));
        operation.Tags = new HashSet<OpenApiTagReference> { new(path.Split('/')[0], context.Document) };
        if (metadata.OfType<IAllowAnonymous>().Any()) operation.Security = [];
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? []) DescribePath(parameter, path);
        AddParameters(operation, metadata, HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
        if (metadata.OfType<BodyDoc>().Any()) operation.RequestBody = await BodyAsync([.. metadata.OfType<BodyDoc>()], context, cancellationToken);
        DescribeAnswers(operation, metadata, HttpMethods.IsHead(method));
    }

    private static string? WhoMay(IList<object> metadata)
    {
        if (metadata.OfType<LeastRole>().ToList() is not { Count: > 0 } said) return null;
        var role = $"Needs the role {said.Max(s => s.Role).Name()}";
        return said.Any(s => s.InSession) ? $"{role}, signed in: a token may not." : $"{role}.";
    }

    private static void DescribePath(OpenApiParameter parameter, string path)
    {
        if (parameter.In != ParameterLocation.Path) return;
        var isId = parameter.Schema is OpenApiSchema { Format: "uuid" };
        parameter.Description ??= $"The {(isId ? "id" : "name")}, as `GET /{path.Split("/{")[0]}` gives it.";
        parameter.Example = isId ? QueryParameter.Id("", "").Example : "node-1";
    }

    private static void AddParameters(OpenApiOperation operation, IList<object> metadata, bool reads)
    {
        operation.Parameters ??= [];
        foreach (var parameter in metadata.OfType<QueryParameters>().SelectMany(p => p.All)) operation.Parameters.Add(ParameterDocument.Of(parameter));
        if (metadata.OfType<TaggedRoute>().Any())
        {
            operation.Parameters.Add(reads
                ? ParameterDocument.Header("If-None-Match", "Answers 304 where the thing is still as this ETag says.", "\"7.0f1e2d3c4b5a6978\"", EntityTag.Longest)
                : ParameterDocument.Header("If-Match", "The ETag of the version that is changed; 412 where there is another one now.", "\"7.0f1e2d3c4b5a6978\"", EntityTag.Longest));
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            operation.Parameters.Add(ParameterDocument.Header(
                Idempotency.Header, "A text of your own, as a UUID: the same request with the same key is carried out once.", "5b1f0a52-7d0e-4c3c-9b1e-2a7f4d1c0e11", Idempotency.LongestKey));
        }
    }

    private async Task<OpenApiRequestBody> BodyAsync(IReadOnlyList<BodyDoc> bodies, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var content = new Dictionary<string, OpenApiMediaType>();
        foreach (var body in bodies)
        {
            content[body.ContentType] = new OpenApiMediaType
            {
                Schema = await context.GetOrCreateSchemaAsync(body.Type, null, cancellation),
                Example = JsonSerializer.SerializeToNode(body.Example, body.Type, Json),
            };
        }

        return new() { Required = true, Content = content };
    }

    private void DescribeAnswers(OpenApiOperation operation, IList<object> metadata, bool headersOnly)
    {
        foreach (var answer in metadata.OfType<AnswerDoc>())
        {
            var response = (OpenApiResponse)operation.Responses![$"{answer.Status}"];
            response.Description = answer.Meaning;
            if (answer.Example is not null && response.Content is { } content && content.TryGetValue(answer.ContentType, out var media))
                media.Example = JsonSerializer.SerializeToNode(answer.Example, answer.Type!, Json);
            if (headersOnly) response.Content = null;
            if (metadata.OfType<TaggedRoute>().Any() && answer.Type is not null) AddHeader(response, "ETag", "Its version and its state, for `If-Match` and `If-None-Match`.", "\"7.0f1e2d3c4b5a6978\"");
            if (answer.Status is 201 or 202) AddHeader(response, "Location", "Where it is.", "/streamers/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
        }

        if (operation.Responses!.GetValueOrDefault("304") is OpenApiResponse same) same.Description = "It is still as `If-None-Match` says.";
        foreach (var refusal in metadata.OfType<RefusalDoc>())
        {
            var response = (OpenApiResponse)operation.Responses![$"{refusal.Status}"];
            response.Description = refusal.When;
            if (response.Content is { } content && content.TryGetValue(StandardAnswers.ProblemType, out var media)) media.Example = Problem(refusal);
            if (headersOnly) response.Content = null;
            if (refusal.Status is 429 or 503) AddHeader(response, "Retry-After", "Seconds after which to try again.", "2");
        }
    }

    private static void AddHeader(OpenApiResponse response, string name, string meaning, string example) =>
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeader { Description = meaning, Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = example };

    private static JsonObject Problem(RefusalDoc refusal)
    {
        var problem = new JsonObject
        {
            ["type"] = Problems.TypeOf(refusal.Status), ["title"] = refusal.Status == 400 ? "the request has faults: see errors" : ReasonPhrases.GetReasonPhrase(refusal.Status), ["status"] = refusal.Status,
        };
        if (refusal.Status == 400) problem["errors"] = new JsonObject { ["limit"] = new JsonArray("limit is '0': give a whole number from 1 to 500") };
        else problem["detail"] = refusal.When;
        return problem;
    }
}
