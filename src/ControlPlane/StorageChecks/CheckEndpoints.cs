using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Http;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>What lies in the storages and what the rows say, over HTTP.</summary>
public static class CheckEndpoints
{
    private const int LeastHours = 1;
    private const int MostHours = 100_000;
    private const int UsualHours = 24;

    // A storage that is there answers sooner.
    private static readonly TimeSpan LongestTrial = TimeSpan.FromSeconds(10);

    private static readonly Listing<StorageFinding> Listing = new()
    {
        Sorts = [SortKey.Number<StorageFinding>("id", "id", f => f.Id)],
        Id = SortKey.Number<StorageFinding>("id", "id", f => f.Id),
        Filters = [QueryParameter.Word("kind", "Only findings of this kind.", FindingKind.All), QueryParameter.Flag("goes", "Only what may be removed, or only the rest.")],
        Item = typeof(StorageFinding),
    };

    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddStorageChecks(this IServiceCollection services) =>
        services.AddSingleton<CheckStore>().AddSingleton<CheckRunner>().AddHostedService(provider => provider.GetRequiredService<CheckRunner>())
            .AddSingleton<OwnerMarks>().AddHostedService(provider => provider.GetRequiredService<OwnerMarks>());

    /// <summary>Adds <c>/storage</c>.</summary>
    public static IEndpointRouteBuilder MapStorageChecks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/storage").For(Role.Operator);
        group.MapPost("check", StartAsync).Doc("checkStorage", "Compares what lies in the storages with what the clips' rows say",
            "It goes on in the background, one check at a time. Without `remove_files` and `remove_clips` it only looks. Files are only removed that have a clip's name, that no row names, that are old enough, and of which no node may still tell.")
            .Takes(CheckInput.Example).Answers(202, StorageCheckView.Example with { State = "running", EndedAt = null }, "It runs.").Refuses(409, "Another one runs.");
        group.MapGet("check", async (CheckStore checks, CancellationToken cancellation) => await checks.LatestAsync(cancellation) is { } view ? Results.Ok(view) : Problems.Of(404, "the storage was not checked yet"))
            .Doc("getStorageCheck", "Gets the newest check of the storages: how far it is, and what it found").Answers(200, StorageCheckView.Example, "The check.").Refuses(404, "There was none yet.");
        group.MapGet("check/findings", ListAsync).Doc("listStorageFindings", "Lists what the newest check found, at most 10,000 of each storage").Lists(Listing, StorageFinding.Example);
        group.MapPost("{name}/forget", ForgetAsync).For(Role.Admin).Doc("forgetStorage", "Gives up the files, in a storage that is gone for good, of clips that are being removed",
            "Their removal goes on without these files. Should the storage come back, a check finds them as files that no clip has. Clips that stay keep their rows: delete them first.")
            .Answers(200, new ForgottenFiles(3, 9), "They are given up.").Refuses(409, "The storage answers.");
        return routes;
    }

    private static async Task<IResult> StartAsync(HttpContext context, CheckRunner runner, CheckStore checks, ClipStorages storages)
    {
        var cancellation = context.RequestAborted;
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var options = new CheckOptions(
            body.Text("storage", 63) ?? "", body.Whole("older_than_h", LeastHours, MostHours) ?? UsualHours, body.Flag("remove_files") ?? false, body.Flag("remove_clips") ?? false, body.Flag("force") ?? false);
        body.RefuseUnknown();
        if (options.Storage.Length > 0 && !storages.Names.Contains(options.Storage)) body.Faults.Add("storage", $"storage is '{options.Storage}': there are {string.Join(", ", storages.Names)}");
        if (options.Force && !options.RemoveFiles && !options.RemoveClips) body.Faults.Add("force", "force is true, but nothing is to be removed: give remove_files or remove_clips too");
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        if (await runner.BeginAsync(options, context.User.Identity!.Name!, cancellation) is null) return Problems.Of(409, "another check of the storages runs", "wait until it has ended: GET /storage/check");
        return Results.Accepted("/storage/check", await checks.LatestAsync(cancellation));
    }

    private static async Task<IResult> ListAsync(HttpRequest request, CheckStore checks, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var (kind, goes) = (list.Query.Word("kind"), list.Query.Flag("goes"));
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        var check = await checks.LatestAsync(cancellation);
        return list.Answer(check is null ? [] : await checks.FindingsAsync(check.Id, kind, goes, list.Order, list.Limit + 1, cancellation), f => f);
    }

    private static async Task<IResult> ForgetAsync(string name, HttpContext context, CheckStore checks, ClipStorages storages, TimeProvider clock)
    {
        if (!StorageSettings.IsName(name)) return Problems.NotFound("storage", name);
        if (await AnswersAsync(name, storages, clock, context.RequestAborted))
            return Problems.Of(409, $"storage '{name}' answers", "its files can be removed: nothing has to be given up. If they are not what you expect, see that it is the right place");
        return Results.Ok(await checks.ForgetAsync(name, context.User.Identity!.Name!, context.RequestAborted));
    }

    private static async Task<bool> AnswersAsync(string name, ClipStorages storages, TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LongestTrial, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // Off this thread, and left to itself when the time is over: a share that hangs lets go of nobody, and a list that is being read cannot be put away.
            await Task.Run(() => LookAsync(storages.Of(name), stop.Token), stop.Token).WaitAsync(stop.Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>One file, or the end of the list, is an answer.</summary>
    private static async Task LookAsync(IClipReader storage, CancellationToken cancellation)
    {
        await using var files = storage.ListAsync(cancellation).GetAsyncEnumerator(cancellation);
        await files.MoveNextAsync();
    }
}
