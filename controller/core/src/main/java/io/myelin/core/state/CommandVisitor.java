package io.myelin.core.state;

/**
 * What is done for each kind of command: a new kind has to be thought of everywhere.
 *
 * @param <R> what comes of it
 */
public interface CommandVisitor<R> {
  R visit(Command.SetInventory c);

  R visit(Command.SeedInventory c);

  R visit(Command.ApplyInventory c);

  R visit(Command.RecordDecisions c);

  R visit(Command.ObserveLink c);

  R visit(Command.ObserveDevice c);

  R visit(Command.SetDrained c);

  R visit(Command.SlowLink c);

  R visit(Command.SetWeights c);

  R visit(Command.SteerFlow c);

  R visit(Command.CreateLease c);

  R visit(Command.UpdateLease c);

  R visit(Command.MoveLeases c);

  R visit(Command.ShareOut c);

  R visit(Command.SetBursts c);

  R visit(Command.DegradeLease c);

  R visit(Command.Provisioned c);

  R visit(Command.ProvisioningFailed c);

  R visit(Command.ReleaseLease c);

  R visit(Command.Released c);

  R visit(Command.ReleaseRefused c);

  R visit(Command.ForceRelease c);

  R visit(Command.CreateJob c);

  R visit(Command.UpdateJob c);

  R visit(Command.ReleaseJob c);

  R visit(Command.RecordUsage c);

  R visit(Command.Tick c);
}
