using System.Security.Cryptography;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Service;

namespace StreamClips.ControlPlane.Leadership;

/// <summary>Takes the lease when it is free, renews it while it is this replica's, and gives it back at the end.</summary>
public sealed partial class LeaderLoop(Leader leader, LeaseStore store, ChangeSignal signal, ControlPlanePulse pulse, TimeProvider clock, ILogger<LeaderLoop> log) : BackgroundService
{
    private static readonly TimeSpan LongestGivingBack = TimeSpan.FromSeconds(1);
    private readonly Random _random = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    private Term? _term;
    private bool _told;

    /// <summary>Renews or tries to take the lease once.</summary>
    /// <returns>What it found; null: the database did not answer.</returns>
    public async Task<LeaseSeen?> RunOnceAsync(CancellationToken cancellation)
    {
        if (_term is { Over.IsCancellationRequested: true } over) End(over, "it could not be renewed in time");
        var askedAt = clock.GetTimestamp();
        try
        {
            var seen = _term is { } term ? await store.RenewAsync(leader.Replica, term.Number, cancellation) : await store.TakeAsync(leader.Replica, cancellation);
            if (_told) Answers();
            _told = false;
            await TakeInAsync(seen, askedAt);
            return seen;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
        {
            if (!_told) Unavailable(DatabaseFault.Describe(e));
            _told = true;
            return null;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Named(leader.Replica, Environment.MachineName);
        try
        {
            while (true)
            {
                var change = signal.NextAsync(Topic.Leadership);
                LeaseSeen? seen = null;
                try
                {
                    seen = await RunOnceAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    Failed(e);
                }

                pulse.Beat(ControlPlaneLoop.Lease);
                await change.OrAfterAsync(LeasePlan.Wait(seen, _random.NextDouble()), clock, stoppingToken);
            }
        }
        finally
        {
            await GiveBackAsync();
        }
    }

    private async Task TakeInAsync(LeaseSeen seen, long askedAt)
    {
        if (!seen.IsOurs)
        {
            if (_term is not { } lost) return;
            await lost.EndAsync();
            End(lost, $"{seen.Holder} leads with term {seen.Term}");
        }
        else if (_term is { } term)
        {
            term.Renewed(askedAt);
        }
        else
        {
            // Not disposed: whoever works in it may still ask it whether it is over.
            _term = new Term(seen.Term, askedAt, clock);
            Leads(leader.Replica, seen.Term);
            leader.Begin(_term);
        }
    }

    private void End(Term term, string reason)
    {
        Over(term.Number, reason);
        _term = null;
    }

    private async Task GiveBackAsync()
    {
        if (_term is not { } term) return;
        await term.EndAsync();
        using var deadline = new CancellationTokenSource(LongestGivingBack, clock);
        try
        {
            await store.GiveBackAsync(leader.Replica, term.Number, deadline.Token);
            End(term, "it was given back");
        }
        catch (Exception e) when (deadline.IsCancellationRequested || DatabaseFault.IsUnavailable(e))
        {
            // It runs out by itself.
        }
    }

    [LoggerMessage(1601, LogLevel.Information, "leader.named: this is {Replica}, on host {Host}")]
    private partial void Named(string replica, string host);

    [LoggerMessage(1602, LogLevel.Information, "leader.begins: {Replica} leads with term {Term}")]
    private partial void Leads(string replica, long term);

    [LoggerMessage(1603, LogLevel.Information, "leader.over: this replica leads no longer with term {Term}: {Reason}")]
    private partial void Over(long term, string reason);

    [LoggerMessage(1604, LogLevel.Warning, "leader.unknown: the database does not answer, so nobody knows who leads: {Reason}")]
    private partial void Unavailable(string reason);

    [LoggerMessage(1605, LogLevel.Information, "leader.known: the database answers again")]
    private partial void Answers();

    [LoggerMessage(1606, LogLevel.Error, "leader.failed: the lease could not be looked at; trying again")]
    private partial void Failed(Exception exception);
}
